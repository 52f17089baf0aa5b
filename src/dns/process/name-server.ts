import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { type Clock, createFlag, KnarrError, type Logger, messageOf } from '#lib'
import { type Disturbance, type NameFeed, type NameServer, undisturbed } from '../zone/feed.ts'
import { listenAddress } from './open-sockets.ts'
import {
  type FromNameServer,
  lineOf,
  type NameServerLayout,
  type NameServerSite,
  nameServerLayout,
  protocolVersion,
  readLines,
  type ToNameServer,
} from './protocol.ts'

/** Where name servers are kept, and with what clock and log. */
export interface NameServersOptions {
  readonly dataDir: string
  /** Every node of this machine. */
  readonly nodes: readonly string[]
  readonly clock: Clock
  readonly log: Logger
}

/** The name servers of this machine's nodes, which one process serves. */
export interface NameServers {
  /** Opens a node's name server, which outlives this process and is found again by the next one. */
  open(site: NameServerSite, signal: AbortSignal): Promise<NameServer>
}

/** Makes what opens name servers of a data directory; their process is started where it does not run. */
export function nameServersOf(options: NameServersOptions): NameServers {
  const linker = createLinker(options)
  return {
    open: async (site, signal) => {
      let link = await linker.link(site, undefined, signal)
      const { port } = link
      let disturbance: Disturbance = undisturbed
      return {
        endpoint: { ip: listenAddress, port },
        disturb: (next) => {
          disturbance = next
          send(link.socket, { kind: 'disturb', disturbance })
        },
        serve: async (feed, serveSignal) => {
          await feed.whenSynced(serveSignal)
          while (!serveSignal.aborted) {
            await follow(link, feed, options.clock, serveSignal).catch(() => undefined)
            if (serveSignal.aborted) return
            link = await again(() => linker.link(site, port, serveSignal), options, serveSignal)
            send(link.socket, { kind: 'disturb', disturbance })
          }
        },
      }
    },
  }
}

/** Tries until it succeeds, and says each time why it did not. */
async function again<T>(
  attempt: () => Promise<T>,
  { clock, log }: NameServersOptions,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      log.error('cluster names are not answered', { error: messageOf(error) })
      await clock.sleep(retryMs, signal)
    }
  }
}

/** The hidden command that runs `serveNames`. */
const serveNamesCommand = 'serve-names'

/** How long the process may take to start, and how often it is tried anew. */
const startLimitMs = 10_000
const retryMs = 500

/** Ends the process of a data directory, also one that hangs; none is fine. */
export async function stopNameServers(dataDir: string, clock: Clock): Promise<void> {
  const layout = nameServerLayout(dataDir)
  const pid = processOf(layout)
  if (pid === undefined) return rmSync(layout.socket, { force: true })
  process.kill(pid, 'SIGTERM')
  const untilMs = clock.monotonicMs() + 5000
  while (processOf(layout) === pid && clock.monotonicMs() < untilMs) await clock.sleep(20)
  if (processOf(layout) === pid) process.kill(pid, 'SIGKILL')
  rmSync(layout.socket, { force: true })
  rmSync(layout.processFile, { force: true })
}

/** The running process, told from another that was given its number by its command line. */
function processOf({ processFile, dataDir }: NameServerLayout): number | undefined {
  try {
    const pid = Number(readFileSync(processFile, 'utf8'))
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return command.includes(serveNamesCommand) && command.includes(dataDir) ? pid : undefined
  } catch {
    return undefined
  }
}

/** A connection over which a node's name server is open. */
interface Link {
  readonly socket: Socket
  readonly port: number
}

interface Linker {
  /** Connects a node to its name server, on this port if it had one before. */
  link(site: NameServerSite, port: number | undefined, signal: AbortSignal): Promise<Link>
}

/** Nodes that connect at the same time start one process, not two. */
function createLinker({ dataDir, nodes, clock }: NameServersOptions): Linker {
  const layout = nameServerLayout(dataDir)
  let last: Promise<unknown> = Promise.resolve()
  /** Whether it is worth another try: a process of another version is replaced by then. */
  const isPassing = async (error: unknown, untilMs: number): Promise<boolean> => {
    if (!(error instanceof KnarrError && error.code === otherVersion)) {
      return clock.monotonicMs() < untilMs
    }
    await stopNameServers(dataDir, clock)
    startProcess(layout)
    return true
  }
  const linkNow = async (site: NameServerSite, port: number | undefined, signal: AbortSignal) => {
    const untilMs = clock.monotonicMs() + startLimitMs
    if (processOf(layout) === undefined) startProcess(layout)
    for (;;) {
      try {
        return await openAt(layout, nodes, { kind: 'open', site, port })
      } catch (error) {
        if (!(await isPassing(error, untilMs))) throw error
        await clock.sleep(50, signal)
      }
    }
  }
  return {
    link: (site, port, signal) => {
      const linked = last.then(() => linkNow(site, port, signal))
      last = linked.catch(() => undefined)
      return linked
    },
  }
}

const otherVersion = 'OtherNameServer'

function startProcess(layout: NameServerLayout): void {
  mkdirSync(layout.directory, { recursive: true, mode: 0o700 })
  const log = openSync(layout.logFile, 'w', 0o600)
  const args = [...process.execArgv, process.argv[1] ?? '', serveNamesCommand, layout.dataDir]
  const child = spawn(process.execPath, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => undefined) // told by the socket that nobody listens at
  child.unref()
}

function openAt(
  layout: NameServerLayout,
  nodes: readonly string[],
  opening: ToNameServer & { readonly kind: 'open' },
): Promise<Link> {
  return new Promise((resolve, reject) => {
    if (!existsSync(layout.socket)) return reject(notThere('there is no socket yet'))
    const socket = connect(layout.socket)
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.on('error', fail)
    socket.on('close', () => fail(notThere('the name server ended')))
    socket.on(
      'data',
      readLines<FromNameServer>((message) => {
        if (message.kind === 'failed') return fail(notThere(message.message))
        if (message.kind === 'listening') return resolve({ socket, port: message.port })
        if (message.version !== protocolVersion) {
          return fail(new KnarrError(otherVersion, 'the name server is of another version'))
        }
        send(socket, { kind: 'nodes', names: nodes })
        send(socket, opening)
      }),
    )
  })
}

const notThere = (why: string) => new KnarrError('NameServerNotReady', `cluster DNS: ${why}`)

const send = (socket: Socket, message: ToNameServer) => socket.write(lineOf(message))

/** Tells everything, then every change, until the connection or `signal` ends. */
async function follow(
  { socket }: Link,
  feed: NameFeed,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const changed = new Set<string | undefined>([undefined])
  const flag = createFlag()
  const ended = new AbortController()
  socket.once('close', () => ended.abort())
  if (socket.destroyed) return
  const either = AbortSignal.any([signal, ended.signal])
  using _subscription = feed.subscribe((key) => {
    changed.add(key)
    flag.raise()
  })
  let isFirst = true
  try {
    while (!either.aborted) {
      flag.clear()
      const now = [...changed]
      changed.clear()
      report(socket, feed, now)
      if (isFirst) send(socket, { kind: 'complete', keys: feed.keys() })
      isFirst = false
      if (socket.writableNeedDrain) await drained(socket, either)
      await flag.raised(clock, longestQuietMs, either)
      await clock.turn()
    }
  } finally {
    socket.destroy()
  }
}

/** The connection is looked at now and then even if nothing changes. */
const longestQuietMs = 60_000

function report(socket: Socket, feed: NameFeed, changed: readonly (string | undefined)[]): void {
  socket.cork()
  for (const key of changed) {
    if (key === undefined) send(socket, { kind: 'namespaces', names: feed.namespaces() })
    else send(socket, { kind: 'put', key, service: feed.get(key) ?? null })
  }
  socket.uncork()
}

function drained(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
