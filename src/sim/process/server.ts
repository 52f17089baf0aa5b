import type { Behaviour } from '../behaviour/behaviour.ts'
import { fileServerOf, respond } from './answers.ts'
import { consumptionOf, earliest, isDue, killedCode } from './consumption.ts'
import { createInFlight } from './in-flight.ts'
import type { Guess, Process, ProcessState, ProcessWorld, Signal } from './process.ts'
import { webhookAnswer } from './webhook-answers.ts'

/** A server as data; requests in flight are not kept, whoever asked asks again. */
interface ServerState {
  readonly kind: 'server'
  readonly startedMs: number
  readonly argv: readonly string[]
  isListening: boolean
  /** Takes no more requests, and ends then. */
  drainedAtMs?: number
  exit?: { readonly code: number; readonly outOfMemory?: true }
}

/** Anything that the model does not know: it listens, answers, and drains. */
export function startServer(
  argv: readonly string[],
  world: ProcessWorld,
  behaviour: Behaviour,
  saved?: ProcessState,
): Process {
  const state: ServerState = (saved as unknown as ServerState | undefined) ?? {
    kind: 'server',
    startedMs: world.nowMs(),
    argv,
    isListening: false,
  }
  const used = consumptionOf(behaviour, state.startedMs)
  const listensAtMs = state.startedMs + behaviour.startupMs
  const exitAtMs = after(state.startedMs, behaviour.exitAfterMs)
  const fileServer = fileServerOf(state.argv, world)
  const ports = fileServer?.ports ?? behaviour.ports
  const inFlight = createInFlight()

  const isServing = () => state.isListening && !state.exit && state.drainedAtMs === undefined
  const end = (code: number, outOfMemory?: true) => {
    state.exit ??= outOfMemory ? { code, outOfMemory } : { code }
    inFlight.clear()
  }
  const wake = () => {
    if (state.exit) return
    const nowMs = world.nowMs()
    if (!state.isListening && isDue(listensAtMs, nowMs)) {
      state.isListening = true
      world.write('stdout', `listening on ${portsText(ports)}\n`)
    }
    inFlight.answerDue(nowMs)
    if (isDue(used.outOfMemoryAtMs, nowMs)) end(killedCode, true)
    else if (isDue(exitAtMs, nowMs)) end(behaviour.exitCode)
    else if (isDue(state.drainedAtMs, nowMs) && inFlight.nextMs === undefined) end(0)
  }
  if (!saved) {
    const places = placesOf(ports, fileServer ? [] : behaviour.askedPorts)
    world.report(guessOf(state.argv, places, exitAtMs !== undefined))
  }
  wake()

  return {
    get wakeAtMs() {
      if (state.exit) return undefined
      return earliest(
        state.isListening ? undefined : listensAtMs,
        inFlight.nextMs ?? state.drainedAtMs,
        exitAtMs,
        used.outOfMemoryAtMs,
      )
    },
    get exit() {
      return state.exit
    },
    wake,
    signal(signal) {
      if (state.exit) return
      if (signal === 'SIGKILL') return end(killedCode)
      if (!isTermination(signal)) return
      const { onTerm } = behaviour
      if (onTerm.kind === 'ignore') return
      if (onTerm.kind === 'exit') return end(onTerm.code)
      state.drainedAtMs ??= world.nowMs() + onTerm.ms
      wake()
    },
    ...deaf,
    get isServing() {
      return isServing()
    },
    // What datagrams it would answer nobody knows.
    listens: (port, transport = 'tcp') =>
      transport === 'tcp' && isServing() && (ports.length === 0 || ports.includes(port)),
    request(request, _port, answer) {
      if (request.protocol === 'udp') return
      const nowMs = world.nowMs()
      const own = fileServer?.answer(request) ?? webhookAnswer(request, behaviour, world.report)
      const response = own ?? respond(request, behaviour, nowMs - state.startedMs)
      inFlight.add({ doneAtMs: nowMs + behaviour.latencyMs, response, answer })
      inFlight.answerDue(nowMs)
    },
    get memoryBytes() {
      return used.memoryBytes(world.nowMs())
    },
    get cpuNs() {
      return used.cpuNs(world.nowMs())
    },
    save: () => ({ ...state }),
  }
}

function after(startMs: number, ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : startMs + ms
}

/** It reads no input, and draws on no terminal. */
const deaf: Pick<Process, 'input' | 'resize'> = { input: () => undefined, resize: () => undefined }

function isTermination(signal: Signal): boolean {
  return signal === 'SIGTERM' || signal === 'SIGQUIT' || signal === 'SIGINT'
}

function guessOf(argv: readonly string[], places: string, ends: boolean): Guess {
  const name = argv[0]?.slice(0, 100) ?? ''
  const end = ends ? ' that ends by itself' : ''
  const message = `${name} is not simulated: it stands for a server on ${places}${end}`
  return { reason: 'SimulatedServer', message }
}

/** Says too where it listens for no other reason than that it is asked there. */
function placesOf(ports: readonly number[], asked: readonly number[]): string {
  if (asked.length === 0) return portsText(ports)
  const named = `named by probes or hooks, ${asked.join(', ')}`
  if (ports.length === 0) return `${portsText(ports)}; ${named}`
  const declared = ports.filter((port) => !asked.includes(port))
  return `${portsText(declared)} and, ${named}`
}

function portsText(ports: readonly number[]): string {
  return ports.length === 0 ? 'every port' : `port ${ports.join(', ')}`
}
