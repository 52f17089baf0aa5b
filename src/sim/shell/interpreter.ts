import { earliest } from '../process/consumption.ts'
import type {
  Process,
  ProcessFiles,
  ProcessSpec,
  ProcessState,
  ProcessWorld,
  Signal,
} from '../process/process.ts'
import { invoke, runSimple } from './builtins/run.ts'
import { builtinNamed } from './builtins/table.ts'
import { chargedFiles } from './files/charged-files.ts'
import { quietly } from './files/file-failures.ts'
import { type Held, heldBy, memoryLimit } from './memory.ts'
import { Budget } from './run/budget.ts'
import { control, isControl, leave } from './run/control.ts'
import { shellName } from './run/environment.ts'
import { Suspended } from './run/expansion.ts'
import { writeToPipe } from './run/inputs.ts'
import type { ShellMachine, Tail } from './run/machine.ts'
import { Program } from './run/program.ts'
import { type Destination, ownInput, type ShellState, type Thread } from './run/state.ts'
import { endThread, streamsOf } from './run/threads.ts'
import { startExitTrap, startTrap, takeSignal } from './run/traps.ts'
import type { Ending, Instruction } from './syntax/instruction.ts'
import { complaintOf, type Script, ShellError } from './syntax/syntax.ts'
import { isOver } from './waits.ts'

/** What a shell runs on. */
export interface InterpreterWorld {
  readonly state: ShellState
  readonly spec: ProcessSpec
  readonly world: ProcessWorld
  readonly launch: Launch
  readonly programs: ReadonlySet<string>
  readonly failExec: string | undefined
  readonly hasBusybox: boolean
  readonly isBareSystem: boolean
}

/** Starts a program of the image, or what the model does not know. */
export type Launch = (
  argv: readonly string[],
  write: ProcessWorld['write'],
  from?: ProcessState,
) => Process

/** Steps of a thread before it is the others' turn: a busy one keeps nobody from starting. */
const turn = 100

/** Runs compiled scripts over plain state. */
export class Interpreter implements ShellMachine {
  readonly state: ShellState
  readonly world: ProcessWorld
  readonly spec: ProcessSpec
  readonly failExec: string | undefined
  readonly hasBusybox: boolean
  readonly isBareSystem: boolean
  readonly servers = new Map<number, Process>()
  readonly requests: ShellMachine['requests'] = new Map()
  readonly programs: ReadonlySet<string>
  private readonly launch: Launch
  private readonly program: Program
  private readonly budget: Budget
  /** Without a charge: what a process writes is charged already. */
  private readonly files: ProcessFiles
  /** Something happened that a thread may wait for. */
  private isMoving = false
  private held: Held = { size: 0, entries: 0 }
  /** When what the shell holds is added up again, in steps. */
  private weighAt = 0

  constructor({
    state,
    world,
    spec,
    failExec,
    hasBusybox,
    isBareSystem,
    programs,
    launch,
  }: InterpreterWorld) {
    this.state = state
    this.files = world.files
    const files = chargedFiles(world.files, (steps) => this.charge(steps))
    this.world = { ...world, files }
    this.spec = spec
    this.failExec = failExec
    this.hasBusybox = hasBusybox
    this.isBareSystem = isBareSystem
    this.programs = programs
    this.launch = launch
    this.program = new Program(state.sources)
    this.budget = new Budget(state)
  }

  /** The steps that it has taken. */
  get steps(): number {
    return this.budget.spent
  }

  get wakeAtMs(): number | undefined {
    if (this.state.exit) return undefined
    const servers = [...this.servers.values()].map((server) => server.wakeAtMs)
    return earliest(...this.state.threads.map(wakeOf), ...servers)
  }

  /** Threads that can go on do so in turn, until every one of them waits. */
  run(): void {
    this.budget.refill(this.world.nowMs())
    do {
      this.isMoving = false
      for (const thread of [...this.state.threads]) {
        if (this.state.exit) return
        if (!thread.ended) this.attend(thread)
      }
    } while (this.isMoving)
  }

  wake(): void {
    for (const server of this.servers.values()) server.wake()
    this.run()
  }

  /** A shell that cannot go on says so, and ends. */
  private attend(thread: Thread): void {
    try {
      const { waiting } = thread
      if (waiting && !isOver(this, thread, waiting)) return
      delete thread.waiting
      this.isMoving = true
      const isFree = () => !thread.waiting && !thread.ended && !this.state.exit
      for (let left = turn; left > 0 && isFree(); left--) this.step(thread)
    } catch (error) {
      const { message, status } = complaintOf(error)
      delete thread.waiting
      this.write(thread, 'err', `${shellName(thread)}: 1: ${message}\n`)
      thread.status = status
      this.finish(thread)
    }
  }

  private step(thread: Thread): void {
    if (!this.budget.spend(1)) {
      thread.waiting = { for: 'instant', atMs: this.budget.nextMs }
      return
    }
    this.weigh()
    if (startTrap(this, thread)) return
    const { pc, variables } = thread
    thread.pc++
    try {
      this.execute(thread, this.program.at(pc))
      delete thread.captures
    } catch (error) {
      if (!(error instanceof Suspended)) throw error
      thread.pc = pc
      thread.variables = variables
    }
  }

  private execute(thread: Thread, instruction: Instruction): void {
    if (isControl(instruction)) control(this, thread, instruction)
    else if (instruction.op === 'run') runSimple(this, thread, instruction.command)
    else if (instruction.op === 'next') thread.waiting = { for: 'script' }
    else if (instruction.op === 'end') this.finish(thread)
    else if (thread.options.errexit && thread.status !== 0 && thread.tested === 0)
      leave(this, thread, thread.status)
  }

  add(text: string, ending: Ending): number {
    const known = this.program.find(text, ending)
    if (known !== undefined) return known
    const looked = this.program.forget(this.state.threads)
    this.charge(text.length / bytesPerStep + looked / entriesPerStep)
    return this.program.add(text, ending)
  }

  chargeCopy(): void {
    this.charge(this.held.entries / entriesPerStep)
    this.weigh()
  }

  /** Adding up costs as much as there is: the more, the less often. */
  private weigh(): void {
    if (this.steps < this.weighAt) return
    this.held = heldBy(this.state)
    this.weighAt = this.steps + Math.max(1000, this.held.entries / 10)
    if (this.held.size > memoryLimit) throw new ShellError('Out of space')
  }

  startOf(body: Script): number {
    return this.program.startOf(body)
  }

  ownTailOf(thread: Thread): Tail {
    return this.program.tailOf(thread)
  }

  tailOf(thread: Thread): Tail {
    const tail = this.ownTailOf(thread)
    if (thread.role === 'main' || thread.role === 'job') return tail
    const parent = this.state.threads.find(({ pid }) => pid === thread.parent)
    if (!parent) return 'more'
    return this.tailOf(parent) === 'more' ? 'more' : tail
  }

  invoke(thread: Thread, words: readonly string[]): void {
    invoke(this, thread, words)
  }

  isOwnCommand(name: string): boolean {
    return builtinNamed(name)?.isOwn === true
  }

  startServer(thread: Thread, argv: readonly string[], from?: ProcessState): Process {
    const write: ProcessWorld['write'] = (stream, text) =>
      quietly(() => this.write(thread, stream === 'stdout' ? 'out' : 'err', text))
    const server = this.launch(argv, write, from)
    this.servers.set(thread.pid, server)
    return server
  }

  finish(thread: Thread): void {
    if (!startExitTrap(this, thread)) endThread(this, thread, thread.status)
  }

  charge(steps: number): void {
    this.budget.spend(steps)
  }

  note(): void {
    this.isMoving = true
  }

  signal(signal: Signal): void {
    const [main] = this.state.threads
    if (this.state.exit || !main) return
    takeSignal(this, main, signal)
    this.run()
  }

  input(text: string | undefined): void {
    const own = this.state.inputs[ownInput]
    if (own && text === undefined) own.ended = true
    else if (own) own.text += text
    this.run()
  }

  write(thread: Thread, stream: 'out' | 'err', text: string): void {
    this.charge(text.length / bytesPerStep)
    const destination = streamsOf(thread)[stream]
    if (stream === 'out') this.writeTo(thread, destination, text)
    else quietly(() => this.writeTo(thread, destination, text))
  }

  writeTo(thread: Thread, destination: Destination, text: string): void {
    if (typeof destination === 'string') {
      this.world.write(destination, this.spec.tty ? text.replace(/\r?\n/g, '\r\n') : text)
    } else if ('pipe' in destination) writeToPipe(this, thread, destination.pipe, text)
    else if (destination.file !== '/dev/null') {
      this.files.append(destination.file, text)
    }
  }
}

/** What is written costs time as well. */
const bytesPerStep = 100
const entriesPerStep = 50

function wakeOf({ waiting }: Thread): number | undefined {
  if (waiting?.for === 'instant') return waiting.atMs
  if (waiting?.for === 'answer') return waiting.progress.pausedUntilMs
  return waiting?.for === 'parts' ? waiting.untilMs : undefined
}
