import type { Behaviour } from '../behaviour/behaviour.ts'
import { consumptionOf, earliest, isDue, killedCode } from '../process/consumption.ts'
import type { Process, ProcessSpec, ProcessState, ProcessWorld } from '../process/process.ts'
import { startServer } from '../process/server.ts'
import { Interpreter } from './interpreter.ts'
import { newThread, type ShellState } from './state.ts'

/** What a shell is started with. */
export interface ShellStart {
  /** Undefined: it reads its input. */
  readonly script: string | undefined
  /** `$0` and the arguments of `-c`. */
  readonly args: readonly string[]
  readonly errexit: boolean
}

export interface ShellParts {
  readonly start: ShellStart
  readonly spec: ProcessSpec
  readonly world: ProcessWorld
  readonly behaviour: Behaviour
}

type SavedShell = ShellState & { readonly server?: ProcessState }

/** A shell as a process: threads of compiled scripts over plain state. */
export function startShell(
  { start, spec, world, behaviour }: ShellParts,
  saved?: ProcessState,
): Process {
  const { server, ...state } =
    (structuredClone(saved) as SavedShell | undefined) ?? freshState(start, spec, world)
  const used = consumptionOf(behaviour, state.startedMs)
  const shell = new Interpreter({
    state,
    spec,
    world,
    failExec: behaviour.failExec,
    startServer: (argv, from) => startServer(argv, world, behaviour, from),
  })
  if (server) shell.server = shell.startServer([], server)
  const isOutOfMemory = () => isDue(used.outOfMemoryAtMs, world.nowMs())
  shell.run()
  return {
    get wakeAtMs() {
      if (state.exit) return undefined
      return earliest(shell.wakeAtMs, shell.server?.wakeAtMs, used.outOfMemoryAtMs)
    },
    get exit() {
      return state.exit
    },
    wake() {
      if (state.exit) return
      if (isOutOfMemory()) state.exit = { code: killedCode, outOfMemory: true }
      shell.server?.wake()
      shell.run()
    },
    signal: (signal) => shell.signal(signal),
    input: (text) => shell.input(text),
    get isServing() {
      return state.exit === undefined && shell.server?.isServing === true
    },
    listens: (port) => state.exit === undefined && (shell.server?.listens(port) ?? false),
    request: (request, port, answer) => shell.server?.request(request, port, answer),
    get memoryBytes() {
      return used.memoryBytes(world.nowMs())
    },
    get cpuNs() {
      return used.cpuNs(world.nowMs())
    },
    save: () => {
      const whole = { ...state, ...(shell.server ? { server: shell.server.save() } : {}) }
      return structuredClone(whole) as unknown as ProcessState
    },
  }
}

/** What a program takes to load: nothing that a container does is over when it has begun. */
const loadMs = 10

function freshState(
  { script, args, errexit }: ShellStart,
  spec: ProcessSpec,
  world: ProcessWorld,
): SavedShell {
  const pid = spec.isInit ? 1 : 100
  const thread = newThread(pid, spec.workingDir, [...args])
  thread.errexit = errexit
  if (script === undefined) thread.waiting = { for: 'script' }
  else if (spec.isInit) thread.waiting = { for: 'instant', atMs: world.nowMs() + loadMs }
  return {
    kind: 'shell',
    startedMs: world.nowMs(),
    sources: script === undefined ? [] : [{ text: script, ending: 'end' }],
    threads: [thread],
    nextPid: pid + 1,
    stdin: '',
    stdinEnded: !spec.stdin,
    pending: [],
    execed: false,
  }
}
