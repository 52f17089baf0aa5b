import type { Command } from 'commander'

/** What a command talks to: the terminal, or a test. */
export interface Terminal {
  /** Results; what a program may read. */
  out(text: string): void
  /** Progress and errors. */
  err(text: string): void
  readonly isInteractive: boolean
}

/** One command of `knarr`; the list stands in `index.ts`. */
export interface CliCommand {
  readonly name: string
  register(program: Command, terminal: Terminal): void
}

export type OutputFormat = 'text' | 'json'
