import type { Redirect, SimpleCommand, Word } from './syntax.ts'

/** What follows a script: its thread's end, the place it was called from, or more input. */
export type Ending = 'end' | 'return' | 'next'

/** One step of a compiled script. Targets are indexes into the program. */
export type Instruction =
  | { readonly op: 'run'; readonly command: SimpleCommand }
  /** Each part is a process that begins at its start; the thread goes on at `to` after all of them. */
  | { readonly op: 'parts'; readonly starts: readonly number[]; to: number }
  /** `(( … ))`: it succeeds for what is not 0; nothing at all counts as `ifEmpty`. */
  | { readonly op: 'arithmetic'; readonly text: Word; readonly ifEmpty: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'jumpIf'; readonly succeeded: boolean; to: number }
  | { readonly op: 'negate' }
  /** The bounds of what may fail without ending the script under `set -e`, also from within a function. */
  | { readonly op: 'test' }
  | { readonly op: 'tested' }
  | { readonly op: 'status'; readonly value: number }
  | { readonly op: 'forStart'; readonly words: readonly Word[] | undefined }
  | { readonly op: 'forNext'; readonly name: string; to: number }
  | { readonly op: 'startCase'; readonly word: Word }
  | { readonly op: 'case'; readonly patterns: readonly Word[]; to: number }
  | { readonly op: 'endCase' }
  /** A copy of the thread goes on behind this; the thread itself at `to`. */
  | { readonly op: 'spawn'; to: number }
  /** What cannot be opened skips all up to `to`. */
  | { readonly op: 'redirect'; readonly redirects: readonly Redirect[]; to: number }
  | { readonly op: 'unredirect' }
  | { readonly op: 'define'; readonly name: string; readonly at: number; to: number }
  | { readonly op: 'return' }
  /** A failed command ends the script here when `set -e` is on. */
  | { readonly op: 'errexit' }
  | { readonly op: 'loop'; readonly breakTo: { to: number }; readonly continueTo: number }
  /** The end of a loop, and of its list when it goes over one. */
  | { readonly op: 'unloop'; readonly hasList: boolean }
  | { readonly op: 'end' }
  /** The end of what was typed: more may come. */
  | { readonly op: 'next' }
