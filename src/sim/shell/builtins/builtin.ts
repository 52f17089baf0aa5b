import type { ProcessWorld } from '../../process/process.ts'
import type { Filter } from '../filters/filter-lines.ts'
import type { Invocation } from '../run/machine.ts'
import type { Dialect } from '../syntax/dialect.ts'

/** One command of the simulated shell, as the table lists it. */
export type Builtin = PlainBuiltin | ShellBuiltin | FilterBuiltin

interface Described {
  readonly name: string
  /** The call with the options that it knows, as the documentation shows it. */
  readonly usage: string
  /** The shells that have it; all of them unless it is said. */
  readonly dialects?: readonly Dialect[]
  /** It is the shell's own: `command -v` gives its bare name, and no file of an image is it. */
  readonly isOwn?: true
}

/** A command that ends at once and changes nothing about the shell itself. */
export interface PlainBuiltin extends Described {
  readonly kind: 'plain'
  readonly run: PlainCommand
}

/** A command that changes the shell, runs another one, or makes the shell wait. */
export interface ShellBuiltin extends Described {
  readonly kind: 'shell'
  readonly run: ShellCommand
  /** It may leave the thread waiting for time, input or another process. */
  readonly waits?: true
}

/** A command that reads its input piece by piece, and waits for it. */
interface FilterBuiltin extends Described {
  readonly kind: 'filter'
  readonly filter: Filter
}

/** What a command that ends at once did: its output and its exit status. */
export interface Done {
  readonly status: number
  readonly out?: string
  readonly err?: string
}

/** What a command that ends at once sees of its shell. */
export interface CommandContext {
  readonly world: ProcessWorld
  readonly directory: string
  readonly dialect: Dialect
  /** The image has the programs of a bare system and no others. */
  readonly isBareSystem: boolean
  /** The name by which the shell was called. */
  readonly shell: string
}

export type PlainCommand = (args: readonly string[], context: CommandContext) => Done

export type ShellCommand = (invocation: Invocation) => void

/** Makes entries of the table out of commands that end at once: usage and implementation by name. */
export function plain(
  commands: Readonly<Record<string, readonly [usage: string, run: PlainCommand]>>,
  more: Partial<Described> = {},
): readonly PlainBuiltin[] {
  return Object.entries(commands).map(([name, [usage, run]]) => ({
    kind: 'plain',
    name,
    usage,
    run,
    ...more,
  }))
}

/** Makes entries of the table out of commands that act on the shell: usage and implementation by name. */
export function acting(
  commands: Readonly<Record<string, readonly [usage: string, run: ShellCommand]>>,
  more: Partial<ShellBuiltin> = {},
): readonly ShellBuiltin[] {
  return Object.entries(commands).map(([name, [usage, run]]) => ({
    ...more,
    kind: 'shell',
    name,
    usage,
    run,
  }))
}

/** Writes lines as a command prints them. */
export function printedLines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}
