import type { NetworkRequest, NetworkResponse } from '../../model/fabric.ts'
import type { Process, ProcessWorld, Signal } from '../../process/process.ts'
import type { Flags, FlagTable } from './flags.ts'

/** A program of the image, as the table lists it. */
export interface Subcommand {
  readonly flags: FlagTable
  /** Starts it, or goes on with what it has noted in its memo. */
  readonly start: (run: Run) => Running
}

/** What a running program sees. */
export interface Run {
  readonly argv: readonly string[]
  readonly flags: Flags
  readonly world: ProcessWorld
  readonly isInit: boolean
  readonly startedMs: number
  /** Plain data that lives on when the program is saved. */
  readonly memo: Memo
  /** Whether it starts now, and does not go on as it was saved. */
  readonly isNew: boolean
  exit(code: number): void
  /** Writes to the standard output. */
  print(text: string): void
  /** A line as Go's `log` writes it: to the standard error, after the time. */
  log(text: string): void
  /** Runs a shell's command; `done` gets all of its output. */
  shell(script: string, done: (result: ShellResult) => void): void
}

/** What a program remembers. */
export type Memo = Record<string, unknown>

export interface ShellResult {
  readonly output: string
  readonly code: number
}

/** What a program does once it runs; what it does not say it does not do. */
export interface Running {
  /** Where it listens now. */
  readonly tcp?: readonly number[]
  readonly udp?: readonly number[]
  /** When it goes on by itself. */
  readonly wakeAtMs?: () => number | undefined
  readonly wake?: () => void
  /** Whether it has a handler for a signal; without one Go's own ends the program. */
  readonly onSignal?: (signal: Signal) => boolean
  readonly answer?: (
    request: NetworkRequest,
    port: number,
    give: (response: NetworkResponse) => void,
  ) => void
}

/** Starts a command inside of the container that a program runs in. */
export type Spawn = (argv: readonly string[], write: ProcessWorld['write']) => Process
