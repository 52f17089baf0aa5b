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

/** What a shell says of a file that a redirection cannot make. */
export function cannotCreate(dialect: Dialect, path: string, reason: string): string {
  if (dialect === 'bash') return `sh: 1: ${path}: ${reason}\n`
  return dialect === 'ash'
    ? `sh: can't create ${path}: ${reason}\n`
    : `sh: 1: cannot create ${path}: ${reason}\n`
}

/** A command that could not write its output. */
export interface FailedWriter {
  readonly name: string
  /** It is the shell's own. */
  readonly isOwn?: boolean
  readonly dialect: Dialect
}

/** The last words of a command that could not write its output, and its status. */
export function writeFailure(
  { name, isOwn = false, dialect }: FailedWriter,
  { reason }: FileError,
): readonly [message: string, status: number] {
  if (isOwn && dialect === 'dash') return [`sh: 1: ${name}: ${name}: I/O error\n`, 1]
  if (isOwn && dialect === 'ash') return [`sh: write error: ${reason}\n`, 1]
  if (isOwn) return [`sh: 1: ${name}: write error: ${reason}\n`, 1]
  if (name === 'sort')
    return [`sort: write failed: 'standard output': ${reason}\nsort: write error\n`, 2]
  return [`${name}: write error: ${reason}\n`, statuses[name] ?? 1]
}

const statuses: Readonly<Record<string, number>> = { grep: 2, ls: 2, sed: 4, tar: 2 }
