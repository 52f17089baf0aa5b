import { connect, createServer, type Server, type Socket } from 'node:net'
import type { RegistryMirror } from '#runtime'
import type { Registries } from './registries-file.ts'

/** Registries as nodes in namespaces reach them. */
export interface ForwardedMirrors extends AsyncDisposable {
  readonly registries: Registries
}

/**
 * A namespace has a loopback of its own, so a mirror on this machine's cannot be reached from there:
 * listens at `address` in its place, and puts that into the mirrors.
 */
export async function forwardLoopbackMirrors(
  { mirrors, access }: Registries,
  address: string,
): Promise<ForwardedMirrors> {
  const servers = new AsyncDisposableStack()
  const ports = new Map<string, number>()
  const reachable = async (endpoint: string): Promise<string> => {
    const url = new URL(endpoint)
    if (!isLoopback(url.hostname)) return endpoint
    const target = { host: bare(url.hostname), port: Number(url.port || defaultPort(url)) }
    const key = `${target.host} ${target.port}`
    const port = ports.get(key) ?? (await forward(target, address, servers))
    ports.set(key, port)
    return `${url.protocol}//${address}:${port}${url.pathname === '/' ? '' : url.pathname}`
  }
  const forwarded: RegistryMirror[] = []
  const hosts = new Map<string, string>()
  for (const mirror of mirrors) {
    const endpoints: string[] = []
    for (const endpoint of mirror.endpoints) {
      const reached = await reachable(endpoint)
      hosts.set(new URL(reached).host, new URL(endpoint).host)
      endpoints.push(reached)
    }
    forwarded.push({ ...mirror, endpoints })
  }
  // What is said about a mirror's host holds for the address in its place.
  const moved = [...hosts].flatMap(([host, before]) =>
    access
      .filter((each) => each.host === before && host !== before)
      .map((each) => ({ ...each, host })),
  )
  return {
    registries: { mirrors: forwarded, access: [...access, ...moved] },
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  }
}

const defaultPort = ({ protocol }: URL) => (protocol === 'https:' ? 443 : 80)
const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '')

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
}

async function forward(
  target: { readonly host: string; readonly port: number },
  address: string,
  servers: AsyncDisposableStack,
): Promise<number> {
  const sockets = new Set<Socket>()
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const to = connect({ ...target, allowHalfOpen: true })
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      track(one)
      one.on('error', () => other.destroy())
    }
    from.pipe(to).pipe(from)
  })
  const port = await listen(server, address)
  servers.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return port
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port: 0 }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}
