import type { Behaviour } from '../behaviour/behaviour.ts'
import { parseBehaviour } from '../behaviour/parse-behaviour.ts'
import { bytesOf } from '../process/bytes.ts'
import { earliest } from '../process/consumption.ts'
import type {
  HttpProcessRequest,
  Process,
  ProcessAnswer,
  ProcessFiles,
  ProcessRequest,
  ProcessState,
  ProcessWorld,
} from '../process/process.ts'
import { type DiskLimit, OwnFiles } from '../runtime/files/own-files.ts'
import { startProcess } from './start-process.ts'

/** A server as a test has it: what it answers, and after how long. */
export type FakeServer =
  | 'refused'
  | 'silent'
  | {
      readonly status: number
      readonly body?: string
      readonly afterMs?: number
      /** Is told of each request; a status that it returns counts instead. */
      readonly asked?: (request: HttpProcessRequest) => number | undefined
    }

/** All names are at one address. */
const fakeIp = '10.96.0.7'

/** What a name server says that knows all servers. */
function namesAnswer(
  host: string,
  resolve: (host: string) => { readonly ip: string; readonly name: string } | undefined,
): ProcessAnswer {
  const found = resolve(host)
  if (!found) return { kind: 'failed', stage: 'connect', why: 'unknownHost' }
  const headers = [['A', found.ip]] as const
  const body = bytesOf(found.name)
  return { kind: 'answered', ip: found.ip, response: { status: 0, headers, body } }
}

function fakeNetwork(servers: Readonly<Record<string, FakeServer>>, nowMs: () => number) {
  const pending = new Set<{ readonly atMs: number; readonly deliver: () => void }>()
  const resolve = (host: string) => {
    const isKnown = Object.keys(servers).some((each) => each.startsWith(`${host}:`))
    return isKnown ? { ip: /^[\d.]+$/.test(host) ? host : fakeIp, name: host } : undefined
  }
  const answerOf = (request: ProcessRequest): readonly [afterMs: number, answer: ProcessAnswer] => {
    const ip = resolve(request.host)?.ip
    const server = servers[`${request.host}:${request.port}`]
    if (ip === undefined) return [0, { kind: 'failed', stage: 'connect', why: 'unknownHost' }]
    const limitMs = request.totalMs ?? Number.POSITIVE_INFINITY
    if (server === undefined || server === 'refused')
      return [0, { kind: 'failed', stage: 'connect', why: 'refused', ip }]
    if (server === 'silent') {
      const afterMs = Math.min(limitMs, request.connectMs ?? 131_000)
      return [afterMs, { kind: 'failed', stage: 'connect', why: 'timeout', ip }]
    }
    const { body = 'hello\n', afterMs = 0 } = server
    const status = ('method' in request ? server.asked?.(request) : undefined) ?? server.status
    if (afterMs > limitMs)
      return [limitMs, { kind: 'failed', stage: 'headers', why: 'timeout', ip }]
    const headers = [['content-type', 'text/plain; charset=utf-8']] as const
    return [afterMs, { kind: 'answered', ip, response: { status, headers, body: bytesOf(body) } }]
  }
  return {
    resolve,
    ask(request: ProcessRequest, done: (answer: ProcessAnswer) => void): Disposable {
      const [afterMs, answer] =
        request.protocol === 'names' ? [0, namesAnswer(request.host, resolve)] : answerOf(request)
      const one = { atMs: nowMs() + afterMs, deliver: () => done(answer) }
      pending.add(one)
      return { [Symbol.dispose]: () => void pending.delete(one) }
    },
    nextMs: () => earliest(...[...pending].map(({ atMs }) => atMs)),
    deliver() {
      for (const one of [...pending].filter(({ atMs }) => atMs <= nowMs())) {
        pending.delete(one)
        one.deliver()
      }
    },
  }
}

interface Container {
  readonly annotations: Readonly<Record<string, string>>
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
}

function behaviourOf(container: Container): Behaviour {
  const names = { container: 'main', namespace: 'default', pod: 'pod' }
  return parseBehaviour({ ...container, ...names, ports: [] })
}

/** A shell with a script. */
export function sh(script: string, more: Partial<Start> = {}): Machine {
  return start({ argv: ['sh', '-c', script], ...more })
}

/** What a process is after it was saved in one machine and started again in another. */
export function restarted(machine: Machine, from: Partial<Start> & Pick<Start, 'argv'>): Machine {
  const state = JSON.parse(JSON.stringify(machine.process.save())) as ProcessState
  return start({ ...from, state, atMs: machine.nowMs() })
}

/** What a program takes to load. */
export const loadMs = 10

/** A container's worth of world, whose time a test moves. */
export interface Machine {
  readonly process: Process
  readonly out: () => string
  readonly err: () => string
  /** What it told of its guesses. */
  readonly guesses: () => readonly string[]
  readonly nowMs: () => number
  readonly files: ProcessFiles
  /** How often it was woken. */
  readonly wakeUps: () => number
  /** Goes on until the process ends, or `limitMs` is over. */
  pass(limitMs?: number): void
}

export interface Start {
  readonly argv: readonly string[]
  readonly stdin?: boolean
  readonly tty?: boolean
  readonly isInit?: boolean
  readonly state?: ProcessState
  readonly atMs?: number
  readonly image?: string
  /** Those of a container that is there already. */
  readonly files?: ProcessFiles
  /** What stands at each `host:port`; without it no host is known. */
  readonly servers?: Readonly<Record<string, FakeServer>>
  /** The labels of its pod. */
  readonly labels?: Readonly<Record<string, string>>
  /** How the programs behave that the model does not know. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** Starts a process in a container of its own. */
export function start({
  argv,
  stdin = false,
  tty = false,
  isInit = true,
  state,
  atMs = 0,
  image = 'example.com/app',
  annotations = {},
  labels = {},
  servers = {},
  files = filesOf(),
}: Start): Machine {
  const written = { stdout: '', stderr: '' }
  let now = atMs
  const guesses: string[] = []
  let wakeUps = 0
  const network = fakeNetwork(servers, () => now)
  const world: ProcessWorld = {
    network,
    nowMs: () => now,
    wallMs: () => Date.UTC(2026, 0, 1) + now,
    env: { HOME: '/root', GREETING: 'hello' },
    hostname: 'pod',
    user: { uid: 0, gid: 0, groups: [0] },
    capabilities: new Set(),
    sysctls: { 'net.core.somaxconn': '1024' },
    mayGainPrivileges: true,
    ip: '10.244.0.2',
    files,
    write: (stream, text) => {
      written[stream] += text
    },
    isServing: () => false,
    report: ({ reason, message }) => void guesses.push(`${reason}: ${message}`),
    signalInit: (signal) => process.signal(signal),
  }
  const spec = { argv, isInit, stdin, tty, workingDir: '/' }
  const process: Process = startProcess(
    spec,
    world,
    behaviourOf({ annotations, image, labels }),
    state,
  )
  return {
    process,
    out: () => written.stdout,
    err: () => written.stderr,
    guesses: () => guesses,
    nowMs: () => now,
    files,
    wakeUps: () => wakeUps,
    pass(limitMs = 300_000) {
      const endMs = now + limitMs
      for (;;) {
        const atMs = earliest(process.wakeAtMs, network.nextMs())
        if (process.exit || atMs === undefined || atMs > endMs) break
        now = Math.max(now, atMs)
        wakeUps++
        network.deliver()
        process.wake()
      }
      if (!process.exit) now = endMs
    },
  }
}

/** The files of a container; below /mnt a file must be there to be run. */
export function filesOf(limit?: DiskLimit): ProcessFiles {
  const files = new OwnFiles({ files: [['/etc/motd', 'welcome\n']], directories: [] }, limit)
  return {
    read: (path) => files.read(path),
    size: (path) => files.size(path),
    write: (path, text) => files.write(path, text),
    append: (path, text) => files.append(path, text),
    remove: (path) => files.remove(path),
    kindOf: (path) => files.kindOf(path),
    program: (path) => {
      const isFile = files.kindOf(path) === 'file'
      if (path.startsWith('/mnt/')) return isFile ? 'executable' : 'missing'
      return path === '/etc/motd' ? 'denied' : isFile ? 'executable' : 'unknown'
    },
    list: (path) => files.list(path),
    makeDirectory: (path) => files.makeDirectory(path),
    status(path) {
      const kind = files.kindOf(path)
      if (kind === undefined) return undefined
      const sizeBytes = files.size(path) ?? 0
      return { kind, ...files.attributesOf(path), sizeBytes, fileSystem: 'overlay' }
    },
    isReadable: () => true,
    setMode: (path, mode) => files.setAttributes(path, { ...files.attributesOf(path), mode }),
    setOwner: (path, owner) => files.setAttributes(path, { ...files.attributesOf(path), ...owner }),
  }
}
