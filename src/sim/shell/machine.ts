import type { Process, ProcessSpec, ProcessState, ProcessWorld } from '../process/process.ts'
import type { ShellState, Thread } from './state.ts'
import type { Script } from './syntax.ts'

/** A running shell, as its commands see it. */
export interface ShellMachine {
  readonly state: ShellState
  readonly spec: ProcessSpec
  readonly world: ProcessWorld
  /** Commands that contain this text fail. */
  readonly failExec: string | undefined
  /** What a shell within another does takes no time. */
  readonly isNested: boolean
  /** The command that the model does not know and that runs in the foreground. */
  server: Process | undefined
  startServer(argv: readonly string[], from?: ProcessState): Process
  /** Adds a script and returns where it begins; the same text is compiled once. */
  add(text: string, ending: 'return' | 'next'): number
  /** Behind all that there is to do. */
  readonly end: number
  /** Whether nothing comes after the command that a thread runs. */
  isLast(thread: Thread): boolean
  /** Runs one command with its words; it may leave the thread waiting. */
  invoke(thread: Thread, words: readonly string[], piped: string | undefined): void
  write(thread: Thread, stream: 'out' | 'err', text: string): void
  /** Runs a script here and now in a copy of the thread; what it writes is the result. */
  nested(thread: Thread, script: Script, input?: string): string
  /** The end of a thread; of the first one it is the end of the shell. */
  finish(thread: Thread): void
  /** Goes on with every thread as far as it gets now. */
  run(): void
}
