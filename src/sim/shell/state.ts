/** Everything about a running shell that a snapshot must keep: plain data. */
export interface ShellState {
  readonly kind: 'shell'
  readonly startedMs: number
  /** All that was read so far, in order; what the program is compiled from. */
  readonly sources: Source[]
  readonly threads: Thread[]
  nextPid: number
  /** Typed and not read yet. */
  stdin: string
  stdinEnded: boolean
  /** Signals whose traps are still to run. */
  readonly pending: string[]
  /** The shell has become the command that it ran with `exec`. */
  execed: boolean
  exit?: { readonly code: number; readonly outOfMemory?: true }
}

export interface Source {
  readonly text: string
  readonly ending: 'end' | 'return' | 'next'
}

/** One flow of control: the script itself, or a job in the background. */
export interface Thread {
  readonly pid: number
  pc: number
  status: number
  variables: Record<string, string>
  args: string[]
  directory: string
  readonly functions: Record<string, number>
  traps: Record<string, string>
  loops: LoopFrame[]
  readonly lists: string[][]
  readonly outputs: Outputs[]
  calls: CallFrame[]
  readonly scopes: SavedScope[]
  /** Input of the next command, from a pipe or `<`. */
  piped?: string
  waiting?: Waiting
  lastJob: number
  errexit: boolean
  ended: boolean
}

export interface LoopFrame {
  readonly breakTo: number
  readonly continueTo: number
}

export interface CallFrame {
  /** -1: the shell exits afterwards, with the status that it had. */
  readonly returnTo: number
  readonly args: string[]
  readonly status: number
  /** What a trap's last command came to is forgotten. */
  readonly isTrap?: true
  /** A shell of its own: `exit` ends it and no more. */
  readonly isShell?: true
}

export interface SavedScope {
  readonly variables: Record<string, string>
  readonly directory: string
  readonly leaveAt: number
}

/** Where the two outputs go. */
export interface Outputs {
  readonly out: Destination
  readonly err: Destination
}

/** A file is appended to: it was emptied when it was opened. */
export type Destination = 'stdout' | 'stderr' | { readonly file: string }

/** What a thread waits for. */
export type Waiting =
  | { readonly for: 'instant'; readonly atMs: number }
  | { readonly for: 'ever' }
  /** `wanted` is the one whose status counts. */
  | { readonly for: 'jobs'; readonly pids: readonly number[]; readonly wanted?: number }
  | { readonly for: 'cat' }
  | { readonly for: 'line'; readonly names: readonly string[] }
  /** More of a script that comes in by the shell's own input. */
  | { readonly for: 'script' }
  /** A command that the model does not know runs in the foreground, as a server. */
  | { readonly for: 'server' }

export function newThread(pid: number, directory: string, args: string[]): Thread {
  return {
    pid,
    pc: 0,
    status: 0,
    variables: {},
    args,
    directory,
    functions: {},
    traps: {},
    loops: [],
    lists: [],
    outputs: [{ out: 'stdout', err: 'stderr' }],
    calls: [],
    scopes: [],
    lastJob: 0,
    errexit: false,
    ended: false,
  }
}

/** A job: a copy that goes on by itself, without the traps of its parent. */
export function copyThread(thread: Thread, pid: number): Thread {
  return { ...structuredClone(thread), pid, traps: {}, calls: [] }
}
