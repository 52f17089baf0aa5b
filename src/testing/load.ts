import type { SimCluster } from '#cluster/simulation'
import type { RunningLoad } from '#lab'
import { KnarrError } from '#lib'

/** What a load is to do. */
export interface LoadOptions {
  /** A Service (`web`, `web.shop`), an address, or where both and the path stand: `http://web.shop/cart`. */
  readonly to: string
  /** The port; default 80. */
  readonly port?: number
  /** The path of each request; default `/`. */
  readonly path?: string
  /** Requests per virtual second, above 0 and at most 100,000. */
  readonly perSecond: number
  /** The node on which the clients run; default the first one. */
  readonly fromNode?: string
  /** The namespace in which short names are looked up; default `default`. */
  readonly namespace?: string
}

/** A load is a group of clients that send requests until it is stopped, which takes effect when time next advances. */
export type TestLoad = RunningLoad

/** The highest rate, for a simulation has to send each single request. */
const maxPerSecond = 100_000

/** Starts a load; the result of each request is noted in the event log. @throws KnarrError `BadRate`, `NoSuchNode` */
export function startTestLoad({ nodes, inputs }: SimCluster, options: LoadOptions): TestLoad {
  const { perSecond, namespace = 'default' } = options
  const place = placeOf(options.to)
  const { to } = place
  const { port = place.port, path = place.path } = options
  if (!(perSecond > 0 && perSecond <= maxPerSecond)) {
    throw new KnarrError('BadRate', `not a rate to send requests at: ${perSecond} per second`, {
      hint: `It is above 0, and at most ${maxPerSecond}.`,
    })
  }
  const { fromNode = [...nodes.keys()][0] ?? '' } = options
  if (!nodes.has(fromNode)) throw new KnarrError('NoSuchNode', `there is no node ${fromNode}`)
  return inputs.load({ to, port, path, perSecond, fromNode, namespace })
}

/** Where a URL leads; what is none is a host alone. @throws KnarrError `BadTarget` */
function placeOf(to: string): {
  readonly to: string
  readonly port: number
  readonly path: string
} {
  if (!to.includes('://')) return { to, port: 80, path: '/' }
  const url = URL.parse(to)
  const usual = url?.protocol === 'http:' ? 80 : url?.protocol === 'https:' ? 443 : undefined
  if (url === null || usual === undefined) {
    throw new KnarrError('BadTarget', `not where requests can be sent: ${to}`, {
      hint: 'Write it as http://web.shop/path.',
    })
  }
  const { hostname, port, pathname, search } = url
  return { to: hostname, port: port === '' ? usual : Number(port), path: pathname + search }
}
