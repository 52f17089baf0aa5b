import type { Command } from 'commander'

/** A terminal is where a command writes: that of the process, or one of a test. */
export interface Terminal {
  /** Writes results, which a program may read. */
  out(text: string): void
  /** Writes progress and errors. */
  err(text: string): void
  readonly isInteractive: boolean
}

/** A command of `knarr`; the list of them stands in `program.ts`. */
export interface CliCommand {
  register(program: Command, terminal: Terminal): void
}

/** The formats in which a command prints its result. */
export type OutputFormat = 'text' | 'json'
