import type { Signal, TerminalSize } from '../../process/process.ts'
import type { Dialect } from '../syntax/dialect.ts'
import type { Ending } from '../syntax/instruction.ts'

/** Everything about a running shell that a snapshot must keep: plain data. */
export interface ShellState {
  readonly kind: 'shell'
  readonly startedMs: number
  /** All that was read so far, in order; what the program is compiled from. */
  readonly sources: Source[]
  /** The shell itself comes first. The others leave once they have ended. */
  readonly threads: Thread[]
  nextPid: number
  nextInput: number
  /** What can be read: pipes, opened files and, as 0, the shell's own input. */
  readonly inputs: Record<number, ShellInput>
  /** Steps that may still be taken, as of an instant. */
  readonly budget: { atMs: number; left: number; busySinceMs?: number }
  /** Nothing by nothing until somebody says how large it is. */
  terminal: TerminalSize
  exit?: { readonly code: number; readonly outOfMemory?: true }
}

export interface Source {
  readonly text: string
  readonly ending: Ending
}

/** What was written and not read yet. */
interface ShellInput {
  text: string
  /** Nothing comes any more. A pipe ends when nobody holds its other side. */
  ended: boolean
}

/** The shell's own input. */
export const ownInput = 0
/** `/dev/null`. */
export const noInput = -1

/** One flow of control, which is a process: the shell, a job, a part of a pipeline, a subshell. */
export interface Thread {
  readonly pid: number
  readonly parent: number
  /** `$$`: of the shell that it is a part of. */
  shellPid: number
  readonly role: Role
  pc: number
  status: number
  variables: Record<string, string>
  /** bash's arrays, by name; what is not in it is none. */
  arrays?: Record<string, readonly string[]>
  /** Those that commands get to see, besides the container's own. */
  exported: Record<string, true>
  args: string[]
  directory: string
  functions: Record<string, number>
  /** Empty: the signal is ignored. */
  traps: Record<string, string>
  /** Signals whose traps are still to run. */
  pending: string[]
  loops: LoopFrame[]
  lists: string[][]
  streams: Streams[]
  calls: CallFrame[]
  waiting?: Waiting
  /** What the substitutions of the command that is being expanded have given so far. */
  captures?: { readonly texts: string[]; status: number }
  lastJob: number
  /** Statuses of children that have ended and were not waited for. */
  done: Record<number, number>
  options: Options
  dialect: Dialect
  readonly: Record<string, true>
  /** Within so many commands that may fail under `set -e`: tests, and what `&&`, `||` and `!` look at. */
  tested: number
  /** Which last command it turns into instead of starting it as a child. */
  execs: 'never' | 'simple' | 'compound'
  /** It has turned into the program that it runs: signals are the program's. */
  execed: boolean
  ended: boolean
}

/** Who waits for a thread: nobody yet (`job`), the command that it is a part of, or a word. */
export type Role = 'main' | 'job' | 'part' | 'captured'

/** Of `set`. */
export interface Options {
  readonly errexit: boolean
  readonly pipefail: boolean
  readonly nounset: boolean
  readonly xtrace: boolean
}

/** How far a thread had opened what a loop or call may leave open. */
export interface Depths {
  readonly streams: number
  readonly lists: number
  readonly tested: number
}

export interface LoopFrame extends Depths {
  readonly breakTo: number
  readonly continueTo: number
}

export interface CallFrame extends Depths {
  /** -1: the shell exits afterwards, with the status that it had. */
  readonly returnTo: number
  readonly args: string[]
  readonly status: number
  readonly loops: number
  /** What a trap's last command came to is forgotten. */
  readonly isTrap?: true
  /** Variables to put back; null: it was not set. */
  restore?: Record<string, string | null>
}

/** Where a command reads from and writes to. */
export interface Streams {
  readonly in: number
  readonly out: Destination
  readonly err: Destination
  /** Of `exec 3> FILE` and its like, by number. */
  readonly others?: Readonly<Record<string, Destination>>
}

/** A file is appended to: it was emptied when it was opened. */
export type Destination =
  | 'stdout'
  | 'stderr'
  | { readonly file: string }
  | { readonly pipe: number }

/** Of `timeout`. */
export interface TimeLimit {
  readonly signal: Signal
  /** Kills what is still there so much later. */
  readonly killAfterMs?: number
  /** The status is the command's own. */
  readonly keepsStatus?: true
  /** They were asked to end. */
  readonly isLate?: true
  /** They were killed, or asked by that very signal. */
  readonly isKilled?: true
}

/** What a thread waits for. */
export type Waiting =
  | { readonly for: 'instant'; readonly atMs: number }
  | { readonly for: 'ever' }
  /** `wait`, for all or for any; `wanted` is the one whose status counts. */
  | {
      readonly for: 'jobs'
      readonly pids: readonly number[]
      readonly wanted?: number
      readonly any?: true
    }
  /** The parts of a command in the foreground; the last one's status counts. */
  | {
      readonly for: 'parts'
      readonly pids: readonly number[]
      readonly untilMs?: number
      /** What `timeout` does when they are late. */
      readonly limit?: TimeLimit
    }
  | { readonly for: 'capture'; readonly pid: number; readonly input: number; text: string }
  /** A pipe is full. */
  | { readonly for: 'room'; readonly input: number }
  /** A command that reads its input as it comes. */
  | {
      readonly for: 'filter'
      readonly name: string
      readonly args: readonly string[]
      readonly memo: Memo
    }
  /** A command that asks servers. */
  | {
      readonly for: 'answer'
      readonly name: string
      readonly args: readonly string[]
      readonly progress: ClientProgress
    }
  | {
      readonly for: 'line'
      readonly names: readonly string[]
      readonly separators: string
      readonly raw: boolean
    }
  /** The end of its input, of which nothing is made. */
  | { readonly for: 'input' }
  /** More of a script that comes in by its input. */
  | { readonly for: 'script' }
  /** A program that the model does not know runs, as a server. */
  | { readonly for: 'server' }

/** How far a client has come: plain data. */
export interface ClientProgress {
  /** Which of its addresses it asks. */
  readonly index: number
  /** How often it has asked that one before. */
  readonly tries: number
  /** When it began with this request. */
  readonly sinceMs: number
  /** What it ends with once all are done. */
  readonly status: number
  /** What it read before it began. */
  readonly input?: string
  /** Its input was read to the end. */
  readonly hasRead?: boolean
  /** It asks again then. */
  readonly pausedUntilMs?: number
}

/** What a filter remembers between two pieces of its input. */
export interface Memo {
  /** Lines that were read so far. */
  read: number
  /** Lines that count for its flags. */
  lines: number
  /** A line without its end, or all that was read. */
  kept: string
  /** Ranges of `sed` that are open, by the number of their command. */
  open: number[]
}
