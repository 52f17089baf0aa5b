import type { Dialect } from '../syntax/dialect.ts'
import { ShellError } from '../syntax/syntax.ts'
import type { ShellMachine } from './machine.ts'
import { noInput, type Options, ownInput, type Role, type Streams, type Thread } from './state.ts'

/** Processes of one shell at a time: a fork beyond fails, as under a limit of pids. */
const threadLimit = 256
/** What a fork costs. */
const forkSteps = 10
/** Statuses that are kept for a `wait` that may come. */
const doneLimit = 64

export interface ThreadStart {
  readonly pid: number
  readonly directory: string
  readonly args: readonly string[]
  readonly options: Options
  readonly execs: Thread['execs']
  readonly dialect: Dialect
}

/** The shell itself. */
export function mainThread({ pid, directory, args, ...how }: ThreadStart): Thread {
  return {
    pid,
    parent: 0,
    shellPid: pid,
    role: 'main',
    pc: 0,
    status: 0,
    variables: {},
    exported: {},
    readonly: {},
    args: [...args],
    directory,
    functions: {},
    traps: {},
    pending: [],
    loops: [],
    lists: [],
    streams: [{ in: ownInput, out: 'stdout', err: 'stderr' }],
    calls: [],
    lastJob: 0,
    done: {},
    ...how,
    tested: 0,
    execed: false,
    ended: false,
  }
}

/** What a new thread does and what it is connected with; by default with what its parent is. */
export interface Fork {
  readonly role: Role
  readonly at: number
  readonly streams?: Partial<Streams>
}

/** A copy of a thread that goes on by itself: a process of its own. Traps are reset, ignored signals stay so. */
export function fork(shell: ShellMachine, thread: Thread, { role, at, streams }: Fork): Thread {
  const { state } = shell
  if (state.threads.length >= threadLimit) throw new ShellError('Cannot fork')
  shell.charge(forkSteps)
  shell.chargeCopy()
  const ignored = Object.entries(thread.traps).filter(([, body]) => body === '')
  const detached = role === 'job' ? { INT: '', QUIT: '' } : {}
  const { waiting: _, captures: __, ...rest } = thread
  const child: Thread = {
    ...rest,
    pid: state.nextPid++,
    parent: thread.pid,
    role,
    pc: at,
    variables: { ...thread.variables },
    ...(thread.arrays ? { arrays: { ...thread.arrays } } : {}),
    exported: { ...thread.exported },
    readonly: { ...thread.readonly },
    args: [...thread.args],
    functions: { ...thread.functions },
    traps: { ...Object.fromEntries(ignored), ...detached },
    pending: [],
    loops: [],
    lists: [],
    streams: [
      { ...streamsOf(thread), ...(role === 'job' ? { in: noInput } : {}), ...(streams ?? {}) },
    ],
    calls: [],
    done: {},
    execs: 'compound',
    execed: false,
  }
  state.threads.push(child)
  return child
}

export function streamsOf({ streams }: Thread): Streams {
  return streams.at(-1) ?? { in: noInput, out: 'stdout', err: 'stderr' }
}

/** The end of a process, without its EXIT trap; the end of the first one is the end of the shell. */
export function endThread(shell: ShellMachine, thread: Thread, status: number): void {
  if (thread.ended) return
  const { state } = shell
  thread.ended = true
  thread.status = status
  delete thread.waiting
  shell.servers.delete(thread.pid)
  shell.requests.get(thread.pid)?.request[Symbol.dispose]()
  shell.requests.delete(thread.pid)
  shell.note()
  if (thread.role === 'main') {
    state.exit ??= { code: status }
    return
  }
  state.threads.splice(state.threads.indexOf(thread), 1)
  const parent = state.threads.find(({ pid }) => pid === thread.parent)
  if (parent) {
    parent.done[thread.pid] = status
    const [oldest, ...more] = Object.keys(parent.done).map(Number)
    if (more.length >= doneLimit && oldest !== undefined) delete parent.done[oldest]
  }
  dropInputs(shell)
}

/** Forgets what nobody can read any more. */
export function dropInputs({ state }: ShellMachine): void {
  const held = new Set<number>([ownInput])
  for (const { streams, waiting } of state.threads) {
    for (const each of streams) held.add(each.in)
    if (waiting?.for === 'capture') held.add(waiting.input)
  }
  for (const id of Object.keys(state.inputs).map(Number)) {
    if (!held.has(id)) delete state.inputs[id]
  }
}
