import { FileError } from '../../process/file-error.ts'
import type { Dialect } from '../syntax/dialect.ts'

/** Runs what writes files; why it could not, undefined when it could. */
export function failureOf(work: () => void): FileError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof FileError) return error
    throw error
  }
}

/** Runs what may fail to write where nobody looks whether it does, as for messages of errors. */
export function quietly(work: () => void): void {
  failureOf(work)
}

/** How a shell complains: by its own name, in the words of its kind. */
export interface ShellVoice {
  readonly dialect: Dialect
  readonly shell: string
}

/** What a shell says of a file that a redirection cannot make. */
export function cannotCreate({ dialect, shell }: ShellVoice, path: string, reason: string): string {
  if (dialect === 'bash') return `${shell}: 1: ${path}: ${reason}\n`
  return dialect === 'ash'
    ? `${shell}: can't create ${path}: ${reason}\n`
    : `${shell}: 1: cannot create ${path}: ${reason}\n`
}

/** A command that could not write its output. */
export interface FailedWriter extends ShellVoice {
  readonly name: string
  /** It is the shell's own. */
  readonly isOwn?: boolean
}

/** The last words of a command that could not write its output, and its status. */
export function writeFailure(
  { name, isOwn = false, dialect, shell }: FailedWriter,
  { reason }: FileError,
): readonly [message: string, status: number] {
  if (isOwn && dialect === 'dash') return [`${shell}: 1: ${name}: ${name}: I/O error\n`, 1]
  if (isOwn && dialect === 'ash') return [`${shell}: write error: ${reason}\n`, 1]
  if (isOwn) return [`${shell}: 1: ${name}: write error: ${reason}\n`, 1]
  if (name === 'sort')
    return [`sort: write failed: 'standard output': ${reason}\nsort: write error\n`, 2]
  return [`${name}: write error: ${reason}\n`, statuses[name] ?? 1]
}

const statuses: Readonly<Record<string, number>> = { grep: 2, ls: 2, sed: 4, tar: 2 }
