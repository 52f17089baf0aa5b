import type { Behaviour } from '../behaviour/behaviour.ts'
import type { TransportProtocol } from '../model/fabric.ts'
import { consumptionOf, earliest, isDue, killedCode } from '../process/consumption.ts'
import type {
  Process,
  ProcessSpec,
  ProcessState,
  ProcessWorld,
  Signal,
} from '../process/process.ts'
import { readFlags } from './program/flags.ts'
import type { Memo, Run, Running, ShellResult, Spawn } from './program/program.ts'
import { programOf } from './table.ts'

/** A program as data; what it asks of the network, and requests in flight, are not kept. */
type ProgramState = {
  readonly kind: 'image-program'
  readonly startedMs: number
  readonly argv: readonly string[]
  readonly memo: Memo
  hasBegun: boolean
  exit?: { readonly code: number; readonly outOfMemory?: true }
}

/** What a program takes to load: nothing that a container does is over when it has begun. */
const loadMs = 10

export interface ProgramStart {
  readonly spec: Pick<ProcessSpec, 'argv' | 'isInit'>
  readonly world: ProcessWorld
  readonly behaviour: Behaviour
  readonly spawn: Spawn
}

/** Whether a saved process is a program of a known image. */
export function isSavedProgram(saved: ProcessState | undefined): boolean {
  return saved?.kind === 'image-program'
}

/** Starts a program of a known image, or goes on with one that was saved. */
export function startProgram(start: ProgramStart, saved?: ProcessState): Process {
  return new ImageProgram(start, saved)
}

class ImageProgram implements Process {
  readonly #world: ProcessWorld
  readonly #state: ProgramState
  readonly #used: ReturnType<typeof consumptionOf>
  readonly #start: ProgramStart
  readonly #children = new Set<Process>()
  readonly #spawned = new Map<Process, () => void>()
  #running: Running = {}

  constructor(start: ProgramStart, saved: ProcessState | undefined) {
    const { spec, world, behaviour } = start
    this.#start = start
    this.#world = world
    // Cast: `save` below made it.
    this.#state = (structuredClone(saved) as ProgramState | undefined) ?? {
      kind: 'image-program',
      startedMs: world.nowMs(),
      argv: spec.argv,
      memo: {},
      hasBegun: false,
    }
    this.#used = consumptionOf(behaviour, this.#state.startedMs)
    if (this.#state.hasBegun) this.#begin(false)
    else if (!spec.isInit) this.wake()
  }

  get wakeAtMs(): number | undefined {
    const { exit, hasBegun, startedMs } = this.#state
    if (exit) return undefined
    const own = hasBegun ? this.#running.wakeAtMs?.() : startedMs + loadMs
    const children = [...this.#children].map((child) => child.wakeAtMs)
    return earliest(own, this.#used.outOfMemoryAtMs, ...children)
  }

  get exit() {
    return this.#state.exit
  }

  wake(): void {
    const { exit, hasBegun, startedMs } = this.#state
    if (exit) return
    const nowMs = this.#world.nowMs()
    if (isDue(this.#used.outOfMemoryAtMs, nowMs)) {
      this.#state.exit = { code: killedCode, outOfMemory: true }
    } else if (!hasBegun) {
      if (this.#start.spec.isInit && !isDue(startedMs + loadMs, nowMs)) return
      this.#state.hasBegun = true
      this.#begin(true)
    } else this.#running.wake?.()
    for (const child of this.#children) child.wake()
    this.#bury()
  }

  /** As Go's runtime has it: what has no handler ends the program, with 2 where the kernel spares PID 1. */
  signal(signal: Signal): void {
    if (this.#state.exit) return
    if (signal === 'SIGKILL') this.#end(killedCode)
    else if (this.#state.hasBegun && this.#running.onSignal?.(signal)) return
    const fatal = goFatal[signal]
    if (fatal !== undefined) this.#end(this.#start.spec.isInit ? 2 : 128 + fatal)
  }

  input(): void {}

  resize(): void {}

  get isServing(): boolean {
    return !this.#state.exit && (this.#running.tcp?.length ?? 0) > 0
  }

  listens(port: number, transport: TransportProtocol = 'tcp'): boolean {
    return !this.#state.exit && this.#running[transport]?.includes(port) === true
  }

  request: Process['request'] = (request, port, answer) => {
    this.#running.answer?.(request, port, answer)
  }

  get memoryBytes(): number {
    return this.#used.memoryBytes(this.#world.nowMs())
  }

  get cpuNs(): number {
    return this.#used.cpuNs(this.#world.nowMs())
  }

  save(): ProcessState {
    return structuredClone(this.#state)
  }

  #end(code: number): void {
    this.#state.exit ??= { code }
  }

  #begin(isNew: boolean): void {
    const { argv } = this.#state
    const program = programOf(argv)
    const flags = program
      ? readFlags(program.args, program.subcommand.flags)
      : `unknown command ${JSON.stringify(argv[1] ?? '')} for "app"`
    if (!program || typeof flags === 'string') {
      this.#world.write('stderr', `Error: ${String(flags)}\n`)
      this.#end(1)
      return
    }
    const { world } = this.#start
    const run: Run = {
      argv,
      flags,
      world,
      isInit: this.#start.spec.isInit,
      startedMs: this.#state.startedMs,
      memo: this.#state.memo,
      isNew,
      exit: (code) => this.#end(code),
      print: (text) => world.write('stdout', text),
      log: (text) => world.write('stderr', `${logTime(world.wallMs())} ${text}\n`),
      shell: (script, done) => this.#shell(script, done),
    }
    this.#running = program.subcommand.start(run)
  }

  #shell(script: string, done: (result: ShellResult) => void): void {
    let output = ''
    const child = this.#start.spawn(['/bin/sh', '-c', script], (_, text) => {
      output += text
    })
    this.#children.add(child)
    this.#spawned.set(child, () => done({ output, code: child.exit?.code ?? killedCode }))
    this.#bury()
  }

  /** Tells of children that have ended. */
  #bury(): void {
    for (const child of this.#children) {
      if (!child.exit) continue
      this.#children.delete(child)
      this.#spawned.get(child)?.()
      this.#spawned.delete(child)
    }
  }
}

/** The signals that end a program of Go, by their numbers. */
const goFatal: Partial<Record<Signal, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 }

/** `2026/01/31 12:00:05`, in UTC as containers are. */
function logTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/')
}
