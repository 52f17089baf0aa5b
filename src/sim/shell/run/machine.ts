import type {
  Process,
  ProcessAnswer,
  ProcessSpec,
  ProcessState,
  ProcessWorld,
} from '../../process/process.ts'
import type { Ending } from '../syntax/instruction.ts'
import type { Script } from '../syntax/syntax.ts'
import type { Destination, ShellState, Thread } from './state.ts'

/** A request that is on its way, or its answer: what a saved shell does not keep, and asks for again. */
interface OpenRequest {
  answer?: ProcessAnswer
  readonly request: Disposable
}

/** A running shell, as its commands see it. */
export interface ShellMachine {
  readonly state: ShellState
  readonly spec: ProcessSpec
  readonly world: ProcessWorld
  /** Commands that contain this text fail. */
  readonly failExec: string | undefined
  /** Whether the image has the programs of a bare system, and no other. */
  readonly isBareSystem: boolean
  /** Whether `sh` is busybox's, which turns into its last command. */
  readonly hasBusybox: boolean
  /** Programs of the image that are simulated, by their names. */
  readonly programs: ReadonlySet<string>
  /** Programs that the model does not know and that run now, by the pid of their thread. */
  readonly servers: Map<number, Process>
  /** Requests that are on their way, by the pid of their thread. */
  readonly requests: Map<number, OpenRequest>
  startServer(thread: Thread, argv: readonly string[], from?: ProcessState): Process
  /** Adds a script and returns where it begins; the same text is compiled once. */
  add(text: string, ending: Ending): number
  /** Where the script of a substitution begins. */
  startOf(body: Script): number
  /** What comes after the command that a thread runs: nothing at all, nothing but ends of blocks. */
  tailOf(thread: Thread): Tail
  /** The same without those that wait for the thread. */
  ownTailOf(thread: Thread): Tail
  /** Runs one command with its words; it may leave the thread waiting. */
  invoke(thread: Thread, words: readonly string[]): void
  /** Whether a name is a command of the shell itself, and no program. */
  isOwnCommand(name: string): boolean
  write(thread: Thread, stream: 'out' | 'err', text: string): void
  writeTo(thread: Thread, destination: Destination, text: string): void
  /** A thread has ended by itself: its EXIT trap comes first. */
  finish(thread: Thread): void
  /** What is done now costs as much as so many steps. */
  charge(steps: number): void
  /** All variables of a process are copied now. */
  chargeCopy(): void
  /** Something has changed that others may wait for. */
  note(): void
  /** Goes on with every thread as far as it gets now. */
  run(): void
}

export type Tail = 'more' | 'function' | 'compound' | 'nothing'

/** The call of a command that changes the shell or makes it wait. */
export interface Invocation {
  readonly shell: ShellMachine
  readonly thread: Thread
  readonly args: readonly string[]
}
