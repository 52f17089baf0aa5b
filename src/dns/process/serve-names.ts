import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { aborted, type Clock, type Logger, messageOf, type Random } from '#lib'
import { exchangeOverNetwork } from '../forward/exchange.ts'
import { createForwarder } from '../forward/forwarder.ts'
import { type Upstream, upstreamsIn } from '../forward/upstreams.ts'
import { serveAt } from '../server/listener.ts'
import { createResponder, type Responder } from '../server/responder.ts'
import { type Disturbance, undisturbed } from '../zone/feed.ts'
import { createNameStore, type NameStore } from '../zone/names.ts'
import { createZone } from '../zone/zone.ts'
import { openSockets } from './open-sockets.ts'
import {
  type FromNameServer,
  lineOf,
  type NameServerLayout,
  type NameServerSite,
  protocolVersion,
  readLines,
  type ToNameServer,
} from './protocol.ts'

export interface ServeNamesWorld {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** How often the process looks whether its directory is still there. */
const lookMs = 5000

/**
 * Runs the name servers of one cluster's nodes on this machine until it is told to stop. Nodes open
 * them and tell them names over a unix socket; where a node goes away, its name server goes on with
 * what it knows. Ends by itself when its socket is removed.
 */
export async function serveNames(
  layout: NameServerLayout,
  world: ServeNamesWorld,
  stop: AbortController,
): Promise<void> {
  const servers = createSites(world)
  await using _closed = servers
  const control = createServer((socket) => serveNode(socket, servers, stop))
  mkdirSync(layout.directory, { recursive: true, mode: 0o700 })
  mkdirSync(dirname(layout.socket), { recursive: true, mode: 0o700 })
  rmSync(layout.socket, { force: true })
  await new Promise<void>((resolve, reject) => {
    control.once('error', reject)
    control.listen(layout.socket, resolve)
  })
  writeFileSync(layout.processFile, `${process.pid}\n`)
  const watching = endWithout(layout.socket, world.clock, stop)
  await aborted(stop.signal)
  control.close()
  await watching
  rmSync(layout.socket, { force: true })
  rmSync(layout.processFile, { force: true })
}

async function endWithout(socket: string, clock: Clock, stop: AbortController): Promise<void> {
  while (!stop.signal.aborted) {
    await clock.sleep(lookMs, stop.signal).catch(() => undefined)
    if (!existsSync(socket)) stop.abort()
  }
}

/** The name server of one node. */
interface Site extends AsyncDisposable {
  /** What it was opened for. */
  readonly site: NameServerSite
  readonly port: number
  readonly store: NameStore
  /** To be called whenever names have changed. */
  changed(): void
  /** Everything was told that there is; before, no name can be denied. */
  complete(): void
  disturb(disturbance: Disturbance): void
}

interface Sites extends AsyncDisposable {
  /** Opens the name server of a node, or finds it. */
  open(site: NameServerSite, port: number | undefined): Promise<Site>
  /** Closes the name servers of all other nodes. */
  keep(nodes: ReadonlySet<string>): Promise<void>
}

function createSites(world: ServeNamesWorld): Sites {
  const sites = new Map<string, Promise<Site>>()
  return {
    open: async (site, port) => {
      const found = await sites.get(site.node)?.catch(() => undefined)
      if (found && JSON.stringify(found.site) === JSON.stringify(site)) return found
      await found?.[Symbol.asyncDispose]()
      const opening = openSite(site, port, world)
      sites.set(site.node, opening)
      return opening
    },
    keep: async (nodes) => {
      for (const [node, site] of sites) {
        if (nodes.has(node)) continue
        sites.delete(node)
        await (await site.catch(() => undefined))?.[Symbol.asyncDispose]()
      }
    },
    [Symbol.asyncDispose]: async () => {
      const all = await Promise.allSettled(sites.values())
      for (const each of all)
        if (each.status === 'fulfilled') await each.value[Symbol.asyncDispose]()
    },
  }
}

async function openSite(
  site: NameServerSite,
  port: number | undefined,
  { clock, random, log }: ServeNamesWorld,
): Promise<Site> {
  const { netns, domain, servers } = site
  const store = createNameStore()
  let serial = Math.floor(clock.wallMs() / 1000)
  const forwarding = createForwarder({
    upstreams: machineUpstreams(new Set(servers), clock),
    exchange: exchangeOverNetwork,
    clock,
    random,
    log,
  })
  const zone = createZone({ domain, names: store, servers, serial: () => serial })
  let isComplete = false
  let disturbance = undisturbed
  const answer = createResponder({ zone, forwarding, random, isReady: () => isComplete })
  const responder = disturbed(answer, () => disturbance, clock)
  const sockets = await openSockets(netns, port)
  for (const socket of [sockets.udp, sockets.tcp]) {
    socket.on('error', (error: Error) => log.warn('name server', { error: messageOf(error) }))
  }
  const served = serveAt(sockets, () => responder, clock)
  return {
    site,
    port: sockets.port,
    store,
    complete: () => {
      isComplete = true
    },
    disturb: (next) => {
      disturbance = next
    },
    changed: () => {
      serial = Math.max(serial + 1, Math.floor(clock.wallMs() / 1000))
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  }
}

/** What faults make of a name server. */
function disturbed(responder: Responder, now: () => Disturbance, clock: Clock): Responder {
  return (message, carrier) => {
    const { down, delayMs } = now()
    if (down) return undefined
    if (delayMs === 0) return responder(message, carrier)
    return clock.sleep(delayMs).then(() => responder(message, carrier))
  }
}

const resolvConf = '/etc/resolv.conf'

/** The machine's own resolvers; the file is read again when it has changed. */
function machineUpstreams(own: ReadonlySet<string>, clock: Clock): () => readonly Upstream[] {
  let readAtMs = Number.NEGATIVE_INFINITY
  let changedMs = -1
  let upstreams: readonly Upstream[] = []
  return () => {
    const nowMs = clock.monotonicMs()
    if (nowMs - readAtMs < lookMs) return upstreams
    readAtMs = nowMs
    try {
      const { mtimeMs } = statSync(resolvConf)
      if (mtimeMs !== changedMs) upstreams = upstreamsIn(readFileSync(resolvConf, 'utf8'), own)
      changedMs = mtimeMs
    } catch {
      upstreams = []
    }
    return upstreams
  }
}

/** One node's connection: it opens its name server first, and tells it names then. */
function serveNode(socket: Socket, sites: Sites, stop: AbortController): void {
  let site: Site | undefined
  let last: Promise<void> = Promise.resolve()
  const send = (message: FromNameServer) => void socket.write(lineOf(message))
  const act = async (message: ToNameServer) => {
    if (message.kind === 'nodes') return sites.keep(new Set(message.names))
    if (message.kind === 'open') {
      site = await sites.open(message.site, message.port)
      return send({ kind: 'listening', port: site.port })
    }
    if (message.kind === 'disturb') return site?.disturb(message.disturbance)
    if (message.kind === 'put') site?.store.put(message.key, message.service ?? undefined)
    if (message.kind === 'namespaces') site?.store.setNamespaces(message.names)
    if (message.kind === 'complete') {
      site?.store.retain(new Set(message.keys))
      site?.complete()
    }
    site?.changed()
  }
  socket.on('error', () => socket.destroy())
  const read = readLines<ToNameServer>((message) => {
    last = last
      .then(() => act(message))
      .catch((error: unknown) => send({ kind: 'failed', message: messageOf(error) }))
  })
  socket.on('data', read)
  send({ kind: 'hello', version: protocolVersion })
  // The connection of a node that ends does not keep a stopping process alive.
  stop.signal.addEventListener('abort', () => socket.destroy(), { once: true })
}
