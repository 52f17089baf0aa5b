import type { PartitionDirection } from '#api'
import { type ApiHandler, type ApiRequest, type ApiResponse, encodeJson } from '#machinery'
import type { NetworkRequest, NetworkResponse, SimFabric } from '#sim'
import type { AddressFamily } from '../control-plane/networks.ts'

/**
 * The endpoint of the API server on the simulated network, just before the first node's address. It
 * does not depend on where the API is served for clients outside, so that a simulation goes the same
 * everywhere.
 */
const apiEndpoint = { IPv4: '172.16.0.1', IPv6: 'fd00:172:16::1', port: 6443 } as const

/** The same, of the family that a cluster has by default. */
export function apiEndpointOf([family = 'IPv4']: readonly AddressFamily[]): {
  readonly address: string
  readonly port: number
} {
  return { address: apiEndpoint[family], port: apiEndpoint.port }
}

/** The node name under which the API server is attached; no node can have it. */
const apiNodeName = 'API'

const refusal = 'Client sent an HTTP request to an HTTPS server.\n'

/**
 * Lets pods ask the API server, as long as the network is there. TLS is not simulated, but whether a request
 * is to go over it is known: without it there is upstream's refusal.
 */
export function withApi(fabric: SimFabric, api: () => ApiHandler): SimFabric {
  const { port } = apiEndpoint
  const answer = async (request: NetworkRequest, signal: AbortSignal): Promise<NetworkResponse> => {
    if (request.protocol !== 'http' || !request.isSecure) {
      return { status: 400, headers: [], body: Buffer.from(refusal) }
    }
    return networkResponse(await api()(apiRequest(request), signal))
  }
  for (const address of [apiEndpoint.IPv4, apiEndpoint.IPv6]) {
    fabric.attach(address, {
      node: apiNodeName,
      listener: (asked, _address, transport = 'tcp') =>
        asked === port && transport === 'tcp' ? { owner: 'api-server', answer } : undefined,
    })
  }
  return fabric
}

type HttpRequest = NetworkRequest & { readonly protocol: 'http' }

function apiRequest({ method, path, headers, body, fromIp }: HttpRequest): ApiRequest {
  const [bare = '', query = ''] = path.split(/\?(.*)/s)
  const named = Map.groupBy(headers, ([name]) => name.toLowerCase())
  return {
    // Cast: what is no method of the API is refused there.
    method: method as ApiRequest['method'],
    path: bare,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(
      [...named].map(([name, values]) => [name, values.map(([, value]) => value).join(', ')]),
    ),
    ...(body && { body: { kind: 'bytes', bytes: body } }),
    remoteAddress: `${fromIp}:${ephemeralPort}`,
  }
}

/** Connections are not told apart, so one port stands for all. */
const ephemeralPort = 40_000

async function networkResponse({ status, headers, warnings = [], body }: ApiResponse) {
  const { contentType, parts } = await readBody(body)
  return {
    status,
    headers: [
      ...Object.entries(headers),
      ...(contentType === undefined ? [] : [['content-type', contentType] as const]),
      ...warnings.map((text) => ['warning', `299 - ${JSON.stringify(text)}`] as const),
    ],
    body: Buffer.concat(parts),
  }
}

interface ReadBody {
  readonly contentType?: string
  readonly parts: readonly Uint8Array[]
}

const json = 'application/json'

/** A whole body: what goes on and on is there once it has ended. */
async function readBody(body: ApiResponse['body']): Promise<ReadBody> {
  switch (body.kind) {
    case 'none':
      return { parts: [] }
    case 'object':
      return { contentType: body.contentType ?? json, parts: [body.value.bytes] }
    case 'bytes':
      return { contentType: body.contentType, parts: [body.bytes] }
    case 'pieces':
      return { contentType: body.contentType, parts: [...body.pieces] }
    case 'stream':
      return { contentType: body.contentType, parts: await gathered(body.chunks) }
    case 'watch': {
      const frames = await gathered(body.events)
      const lines = frames.map(
        ({ type, object }) => `${encodeJson({ type, object: object.object })}\n`,
      )
      return { contentType: json, parts: lines.map((line) => Buffer.from(line)) }
    }
    case 'list': {
      const { apiVersion, listKind: kind, metadata } = body
      const items = body.items.map(({ object }) => object)
      return {
        contentType: json,
        parts: [Buffer.from(encodeJson({ kind, apiVersion, metadata, items }))],
      }
    }
  }
}

/** Cuts the pods of a partitioned node off from the API server too, for they are on the same machine. */
export function partitionFromApi(
  fabric: SimFabric,
  node: string,
  direction: PartitionDirection | undefined,
): void {
  fabric.heal(node, apiNodeName)
  if (direction === undefined) return
  const ways = { Both: 'both', ToServer: 'forth', FromServer: 'back' } as const
  fabric.cut(node, apiNodeName, ways[direction])
}

async function gathered<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
