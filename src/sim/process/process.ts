import type { NetworkRequest, NetworkResponse, TransportProtocol } from '../model/fabric.ts'

/** The signals that containers get. */
export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGKILL'

/** What a process does to the world around it: its container. Everything is synchronous. */
export interface ProcessWorld {
  nowMs(): number
  /** Wall milliseconds, for `date`. */
  wallMs(): number
  /** The container's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly hostname: string
  readonly user: ProcessUser
  /** What it may do although it is not root's alone, without `CAP_`. */
  readonly capabilities: ReadonlySet<string>
  /** Settings of the kernel that its pod asked for. */
  readonly sysctls: Readonly<Record<string, string>>
  /** Whether programs with a set-user bit may raise it. */
  readonly mayGainPrivileges: boolean
  /** The address that others reach it at. */
  readonly ip: string
  /** The container's files, mounts included; paths are absolute. */
  readonly files: ProcessFiles
  readonly network: ProcessNetwork
  write(stream: 'stdout' | 'stderr', text: string): void
  /** Whether PID 1 of the container is there and would answer (for commands the model does not know). */
  isServing(): boolean
  /** Tells of a guess that the model makes. */
  report(guess: Guess): void
  /** Sends a signal to the container's PID 1 (`kill 1`). */
  signalInit(signal: Signal): void
}

/** The network as a process in a container has it. */
export interface ProcessNetwork {
  /** Looks a host up in no time; undefined: there is no such host, or nobody answers. */
  resolve(host: string): { readonly ip: string; readonly name: string } | undefined
  /**
   * Sends a request. `done` is called later, unless the request is given up by disposing of it, and
   * whoever holds the process is told to look at it then. A saved process asks again.
   */
  ask(request: ProcessRequest, done: (answer: ProcessAnswer) => void): Disposable
}

/** A request that a process sends: over HTTP, a datagram, a connection without a word, or for a name. */
export type ProcessRequest =
  | HttpProcessRequest
  | NameRequest
  | (ProcessDestination & (Datagram | BareConnection | ByteExchange))

/** A request over HTTP that a process sends. */
export type HttpProcessRequest = ProcessDestination & HttpQuestion

interface ProcessDestination {
  readonly host: string
  readonly port: number
  /** How long it may take to connect, and altogether. */
  readonly connectMs?: number
  readonly totalMs?: number
}

interface HttpQuestion {
  readonly protocol?: 'http'
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  /** Over TLS, as an address that begins with `https:` says. */
  readonly isSecure?: boolean
}

/**
 * A question for a name: of the type that is given, to a server; without a type it is looked up as by
 * any program. The answer is a response whose status is the reply code, whose headers are records by
 * their types (of a CNAME the alias and the name), and whose body is the whole name.
 */
export type NameRequest = ProcessDestination & {
  readonly protocol: 'names'
  readonly server?: string
  readonly type?: string
}

interface Datagram {
  readonly protocol: 'udp'
  readonly data: string
}

/** All bytes at once over TCP; the answer is what comes until the server closes. */
interface ByteExchange {
  readonly protocol: 'stream'
  readonly data: string
}

interface BareConnection {
  readonly protocol: 'connect'
}

/** What comes of a request; `ip` is where it went. */
export type ProcessAnswer =
  | { readonly kind: 'answered'; readonly ip: string; readonly response: NetworkResponse }
  | {
      readonly kind: 'failed'
      readonly ip?: string
      readonly stage: 'connect' | 'headers'
      readonly why: 'unknownHost' | 'refused' | 'noRoute' | 'unreachable' | 'reset' | 'timeout'
    }

/** A guess of the model about a program that it does not know, as its pod's Event shows it. */
export interface Guess {
  readonly reason: GuessReason
  readonly message: string
}

/** Why the model guesses: it stands in for a server, or for a command that it does not simulate. */
type GuessReason = 'SimulatedServer' | 'NotSimulated'

/** What a file or directory of a container is. */
export interface ProcessFileStatus {
  readonly kind: 'file' | 'directory'
  /** Its permissions, with set-user, set-group and sticky bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  readonly fileSystem: 'overlay' | 'disk' | 'memory'
}

/** The user that a container's processes run as, and all of their groups. */
export interface ProcessUser {
  readonly uid: number
  readonly gid: number
  /** The own one among them. */
  readonly groups: readonly number[]
}

type ProgramFile = 'unknown' | 'missing' | 'directory' | 'denied' | 'executable'

/** A container's files. Texts may stand for bytes of any kind; what cannot be written throws a `FileError`. */
export interface ProcessFiles {
  read(path: string): string | undefined
  /** In bytes; undefined for what is no file. */
  size(path: string): number | undefined
  write(path: string, text: string): void
  append(path: string, text: string): void
  remove(path: string): void
  kindOf(path: string): 'file' | 'directory' | undefined
  /** What comes of running a file. What only the image may have is not known. */
  program(path: string): ProgramFile
  list(path: string): readonly string[]
  makeDirectory(path: string): void
  /** Undefined for what is not there, or may only be in the image. Links are followed. */
  status(path: string): ProcessFileStatus | undefined
  /** Whether the process may read what is there. */
  isReadable(path: string): boolean
  setMode(path: string, mode: number): void
  setOwner(path: string, owner: { readonly uid?: number; readonly gid?: number }): void
}

/**
 * A process as an explicit machine of plain data: nothing of it is a promise in flight, so it can be
 * saved between any two steps. Whoever holds it calls `wake` at `wakeAtMs`, and looks at both again
 * after every call.
 */
export interface Process {
  /** When it goes on by itself (`ProcessWorld.nowMs`); undefined: only when something reaches it. */
  readonly wakeAtMs: number | undefined
  /** Set once it has ended: 0 to 255, 128 + n when signal n ended it. */
  readonly exit: { readonly code: number; readonly outOfMemory?: true } | undefined
  wake(): void
  /** PID 1's rules are the process's own: it may ignore what it has no handler for. */
  signal(signal: Signal): void
  /** Bytes of its standard input; undefined is its end. */
  input(text: string | undefined): void
  /** Its terminal has another size from now on. */
  resize(size: TerminalSize): void
  /** Whether it is a server that accepts connections now. */
  readonly isServing: boolean
  /** Whether it accepts connections, or datagrams, on a port now. */
  listens(port: number, transport?: TransportProtocol): boolean
  /**
   * Takes a request; `answer` is called when it is done, at once or from `wake`. Not called when the
   * process ends first: the connection is then reset.
   */
  request(request: NetworkRequest, port: number, answer: (response: NetworkResponse) => void): void
  /** Steps of a script that were computed since it was started or loaded; absent for what runs none. */
  readonly steps?: number
  /** Bytes of memory that it uses now. */
  readonly memoryBytes: number
  /** CPU time it has used, in nanoseconds, up to now. */
  readonly cpuNs: number
  /** Everything about it as plain JSON; requests in flight are not part of it. */
  save(): ProcessState
}

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** Made by `save`, read by whoever starts it again. */
export type ProcessState = { readonly kind: string } & Readonly<Record<string, unknown>>

/** What a process is started with. */
export interface ProcessSpec {
  /** The whole command line, image defaults applied; empty when the image has none. */
  readonly argv: readonly string[]
  readonly isInit: boolean
  readonly stdin: boolean
  readonly tty: boolean
  readonly workingDir: string
}
