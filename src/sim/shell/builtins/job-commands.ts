import type { Signal } from '../../process/process.ts'
import { durationMs } from '../expand/numbers.ts'
import { shellName } from '../run/environment.ts'
import type { Invocation, ShellMachine } from '../run/machine.ts'
import { theEnd } from '../run/program.ts'
import { signalNumbers, signalOf } from '../run/signals.ts'
import type { Thread, TimeLimit } from '../run/state.ts'
import { fork } from '../run/threads.ts'
import { takeSignal } from '../run/traps.ts'

/** `trap 'COMMANDS' SIGNAL …`; `-` resets, an empty text ignores. */
export function trap({ thread, args }: Invocation): void {
  const [body = '', ...names] = args[0] === '--' ? args.slice(1) : args
  // `trap TERM` alone resets as well.
  const isReset = body === '-' || names.length === 0
  for (const name of names.length === 0 ? [body] : names) {
    const signal = name === '0' ? 'EXIT' : (signalOf(name)?.slice(3) ?? name.toUpperCase())
    if (isReset) delete thread.traps[signal]
    else thread.traps[signal] = body
  }
  thread.status = 0
}

/** 127 for a process that is no child of the shell. */
const notAChild = 127

export function wait({ shell, thread, args }: Invocation): void {
  const jobs = shell.state.threads.filter(
    ({ parent, role }) => parent === thread.pid && role === 'job',
  )
  const known = new Set([...jobs.map(({ pid }) => pid), ...Object.keys(thread.done).map(Number)])
  const given = args
    .filter((arg) => !arg.startsWith('-'))
    .map((arg) => Number(arg.replace('%', '')))
  const any = args.includes('-n') ? { any: true as const } : {}
  const pids = (given.length > 0 ? given : [...known]).filter((pid) => known.has(pid))
  const wanted = given.at(-1)
  thread.status = wanted === undefined || known.has(wanted) ? 0 : notAChild
  if (args.includes('-n') && pids.length === 0) thread.status = notAChild
  if (pids.length === 0) return
  thread.waiting = { for: 'jobs', pids, ...(wanted === undefined ? {} : { wanted }), ...any }
}

/** All, or the one of a number, which may be the status of who was ended by it. */
function signalNames(number: string): string {
  const known = Object.entries(signalNumbers).filter(
    ([, each]) => number === '' || each === Number(number) % 128,
  )
  return known.map(([name]) => name.slice(3)).join('\n')
}

export function kill({ shell, thread, args }: Invocation): void {
  const [first = '', second = ''] = args
  if (first === '-l') {
    shell.write(thread, 'out', `${signalNames(second)}\n`)
    thread.status = 0
    return
  }
  const isSeparate = first === '-s' || first === '-n'
  const name = isSeparate ? second : first.startsWith('-') ? first.slice(1) : 'TERM'
  const pids = args.slice(isSeparate ? 2 : first.startsWith('-') ? 1 : 0).map(Number)
  const signal = signalOf(name)
  if (signal === undefined && name !== '0') {
    shell.write(
      thread,
      'err',
      `${shellName(thread)}: 1: kill: invalid signal number or name: ${name}\n`,
    )
    thread.status = 2
    return
  }
  thread.status = 0
  for (const pid of pids) {
    if (sendTo(shell, pid, signal)) continue
    shell.write(thread, 'err', `${shellName(thread)}: 1: kill: No such process\n\n`)
    thread.status = 1
  }
}

/** Signal 0 only asks; false when there is no such process. */
function sendTo(shell: ShellMachine, pid: number, signal: Signal | undefined): boolean {
  const { state, spec, world } = shell
  // The kernel lets nothing of a container kill its first process.
  if (pid === 1 && signal === 'SIGKILL') return true
  const thread = state.threads.find((each) => each.pid === pid && !each.ended)
  if (thread) {
    if (signal) takeSignal(shell, thread, signal)
    return true
  }
  if (pid !== 1 || spec.isInit) return false
  if (signal) world.signalInit(signal)
  return true
}

/** The shell becomes the command: signals are the command's from now on, and its end is the shell's. */
export function exec({ shell, thread, args }: Invocation): void {
  if (args.length === 0) {
    keepStreams(thread)
    return
  }
  const ignored = Object.entries(thread.traps).filter(([, body]) => body === '')
  thread.traps = Object.fromEntries(ignored)
  thread.functions = {}
  thread.execs = 'compound'
  Object.assign(thread, { calls: [], loops: [], lists: [], pc: theEnd })
  shell.invoke(thread, args)
}

/** `exec > FILE`: what was opened for this command stays open for the block around it. */
function keepStreams(thread: Thread): void {
  const top = thread.streams.at(-1)
  const around = thread.streams.length - 2
  if (top && around >= 0) thread.streams[around] = top
  thread.status = 0
}

/** `timeout 5s COMMAND`: a signal after so long, and 124. */
export function timeoutBuiltin({ shell, thread, args }: Invocation): void {
  const { limit, afterMs, words } = readTimeout(args)
  const command = ['exec', ...words.map((word) => `'${word.replaceAll("'", "'\\''")}'`)]
  const child = fork(shell, thread, { role: 'part', at: shell.add(command.join(' '), 'end') })
  const untilMs = shell.world.nowMs() + afterMs
  thread.waiting = { for: 'parts', pids: [child.pid], limit, ...(afterMs > 0 ? { untilMs } : {}) }
}

interface TimeoutLine {
  readonly limit: TimeLimit
  /** 0: for ever. */
  readonly afterMs: number
  readonly words: readonly string[]
}

/** `-s SIGNAL`, `-k DURATION`, `--preserve-status`, the duration, and the command. */
function readTimeout(args: readonly string[]): TimeoutLine {
  let limit: TimeLimit = { signal: 'SIGTERM' }
  let at = 0
  for (let arg = args[0]; arg?.startsWith('-'); arg = args[++at]) {
    const [, short, long, inline] = /^-(?:([sk])|-(signal|kill-after)(?:=(.*))?)$/.exec(arg) ?? []
    if (arg === '--preserve-status') limit = { ...limit, keepsStatus: true }
    const flag = short ?? long?.[0]
    if (flag === undefined) continue
    const value = inline ?? args[++at] ?? ''
    if (flag === 's') limit = { ...limit, signal: signalOf(value) ?? 'SIGTERM' }
    else limit = { ...limit, killAfterMs: durationMs(value) ?? 0 }
  }
  return { limit, afterMs: durationMs(args[at] ?? '') ?? 0, words: args.slice(at + 1) }
}
