import type { SimCluster } from '#cluster/simulation'
import type { RunningLoad } from '#lab'
import { KnarrError } from '#lib'

export interface LoadOptions {
  /** `web`, `web.shop`, or an address. */
  readonly to: string
  /** Default 80. */
  readonly port?: number
  readonly path?: string
  readonly perSecond: number
  /** Where the clients are; default the first node. */
  readonly fromNode?: string
  /** The namespace in which short names are looked up; default `default`. */
  readonly namespace?: string
}

/** Clients that go on sending until they are stopped. What is told them takes effect at once, or when time next moves. */
export type Load = RunningLoad

/** A simulation has to send each single one. */
const mostPerSecond = 100_000

/** Starts clients; what becomes of their requests stands in the event log as well. */
export function startLoad({ nodes, inputs }: SimCluster, options: LoadOptions): Load {
  const { to, port = 80, path = '/', perSecond, namespace = 'default' } = options
  if (!(perSecond > 0 && perSecond <= mostPerSecond)) {
    throw new KnarrError('BadRate', `not a rate to send requests at: ${perSecond} per second`, {
      hint: `It is above 0, and at most ${mostPerSecond}.`,
    })
  }
  const { fromNode = [...nodes.keys()][0] ?? '' } = options
  if (!nodes.has(fromNode)) throw new KnarrError('NoSuchNode', `there is no node ${fromNode}`)
  return inputs.load({ to, port, path, perSecond, fromNode, namespace })
}
