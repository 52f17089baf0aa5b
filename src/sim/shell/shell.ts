import type { Behaviour } from '../behaviour/behaviour.ts'
import type { TransportProtocol } from '../model/fabric.ts'
import { consumptionOf, earliest, isDue, killedCode } from '../process/consumption.ts'
import type { Process, ProcessSpec, ProcessState, ProcessWorld } from '../process/process.ts'
import { Interpreter, type Launch } from './interpreter.ts'
import { Budget } from './run/budget.ts'
import { shellName } from './run/environment.ts'
import type { ShellStart } from './run/options.ts'
import { theEnd } from './run/program.ts'
import { ownInput, type ShellState } from './run/state.ts'
import { mainThread } from './run/threads.ts'
import { complaintOf, ShellError } from './syntax/syntax.ts'

export interface ShellParts {
  readonly start: ShellStart
  readonly spec: ProcessSpec
  readonly world: ProcessWorld
  readonly behaviour: Behaviour
  readonly launch: Launch
}

type Servers = Readonly<Record<number, ProcessState>>
type SavedShell = ShellState & { readonly servers: Servers }

/** A shell as a process: threads of compiled scripts over plain state. */
export function startShell(
  { start, spec, world, behaviour, launch }: ShellParts,
  saved?: ProcessState,
): Process {
  const before = structuredClone(saved) as SavedShell | undefined
  const { servers, ...state } = before ?? { ...freshState(start, spec, world), servers: {} }
  const used = consumptionOf(behaviour, state.startedMs)
  const shell = new Interpreter({
    state,
    spec,
    world,
    failExec: behaviour.failExec,
    hasBusybox: behaviour.hasBusybox,
    isBareSystem: behaviour.isBareSystem,
    programs: behaviour.programs,
    launch,
  })
  if (before) resume(shell, servers)
  else begin(shell, start)
  shell.run()
  const serverAt = (port: number, transport?: TransportProtocol) =>
    [...shell.servers.values()].find((server) => server.listens(port, transport))
  return {
    get wakeAtMs() {
      return state.exit ? undefined : earliest(shell.wakeAtMs, used.outOfMemoryAtMs)
    },
    get exit() {
      return state.exit
    },
    wake() {
      if (state.exit) return
      if (isDue(used.outOfMemoryAtMs, world.nowMs())) {
        state.exit = { code: killedCode, outOfMemory: true }
      }
      shell.wake()
    },
    signal: (signal) => shell.signal(signal),
    input: (text) => shell.input(text),
    resize: (size) => {
      state.terminal = size
    },
    get isServing() {
      return !state.exit && [...shell.servers.values()].some(({ isServing }) => isServing)
    },
    listens: (port, transport) => !state.exit && serverAt(port, transport) !== undefined,
    request: (request, port, answer) =>
      serverAt(port, request.protocol === 'udp' ? 'udp' : 'tcp')?.request(request, port, answer),
    get steps() {
      return shell.steps
    },
    get memoryBytes() {
      return used.memoryBytes(world.nowMs())
    },
    get cpuNs() {
      return used.cpuNs(world.nowMs())
    },
    save: () =>
      structuredClone({ ...state, servers: savedServers(shell) }) as unknown as ProcessState,
  }
}

/** What a program takes to load: nothing that a container does is over when it has begun. */
const loadMs = 10

function freshState({ script, ...how }: ShellStart, spec: ProcessSpec, world: ProcessWorld) {
  const pid = spec.isInit ? 1 : 100
  const main = mainThread({ ...how, pid, directory: spec.workingDir })
  const state: ShellState = {
    kind: 'shell',
    startedMs: world.nowMs(),
    sources: [],
    threads: [main],
    nextPid: pid + 1,
    nextInput: ownInput + 1,
    inputs: { [ownInput]: { text: '', ended: !spec.stdin } },
    budget: Budget.full(world.nowMs()),
    terminal: { columns: 0, rows: 0 },
  }
  return state
}

/** Reads the script; one that cannot be read is told, and ends the shell. */
function begin(shell: Interpreter, { script, illegal }: ShellStart): void {
  const [main] = shell.state.threads
  if (!main) return
  if (script === undefined) {
    main.waiting = { for: 'script' }
    return
  }
  if (shell.spec.isInit) main.waiting = { for: 'instant', atMs: shell.world.nowMs() + loadMs }
  try {
    if (illegal !== undefined) throw new ShellError(`Illegal option ${illegal}`)
    main.pc = shell.add(script, 'end')
  } catch (error) {
    const { message, status } = complaintOf(error)
    shell.write(main, 'err', `${shellName(main)}: 1: ${message}\n`)
    main.status = status
    main.pc = theEnd
  }
}

function resume(shell: Interpreter, servers: Servers): void {
  for (const thread of shell.state.threads) {
    const from = servers[thread.pid]
    if (from) shell.startServer(thread, [], from)
  }
}

function savedServers(shell: Interpreter): Servers {
  return Object.fromEntries([...shell.servers].map(([pid, server]) => [pid, server.save()]))
}
