import { isPodReady, pods } from '#api'
import type { SimCluster } from '#cluster/simulation'
import { KnarrError, seededRandom } from '#lib'
import { createLoad, type LoadCounts, type PodState, type RequestRecord } from '#sim'

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

/** Clients that go on sending until they are stopped. */
export interface Load extends Disposable {
  readonly counts: LoadCounts
  readonly records: readonly RequestRecord[]
  /** Sends no more; what is under way still ends as time moves. */
  stop(): void
}

/** A simulation has to send each single one. */
const mostPerSecond = 100_000

/** Starts clients; what becomes of their requests stands in the event log as well. */
export function startLoad(cluster: SimCluster, options: LoadOptions): Load {
  const {
    clock,
    nodes,
    history,
    objects,
    options: { seed },
  } = cluster
  const { to, port = 80, path = '/', perSecond, namespace = 'default' } = options
  if (!(perSecond > 0 && perSecond <= mostPerSecond)) {
    throw new KnarrError('BadRate', `not a rate to send requests at: ${perSecond} per second`, {
      hint: `It is above 0, and at most ${mostPerSecond}.`,
    })
  }
  const node = options.fromNode === undefined ? [...nodes.values()][0] : nodes.get(options.fromNode)
  if (!node) throw new KnarrError('NoSuchNode', `there is no node ${options.fromNode}`)
  const load = createLoad({
    clock,
    random: seededRandom(`${seed}/load/${to}:${port}${path}/${clock.monotonicMs()}`),
    client: node.network.clientFrom({ namespace }),
    // A bare name is looked up as a pod of that namespace would.
    host: /[.:]/.test(to) ? to : `${to}.${namespace}`,
    port,
    path,
    ratePerSecond: perSecond,
    truthOf: ({ podUid = '', port: reached }) => {
      const pod = objects.list(pods).find(({ metadata }) => metadata.uid === podUid)
      if (!pod) return undefined
      const { name, namespace: where = '' } = pod.metadata
      const isStopping = nodes.get(pod.spec?.nodeName ?? '')?.isStopping(podUid, reached) ?? false
      return { pod: `${where}/${name}`, state: isStopping ? 'stopped' : stateOf(pod) }
    },
    onOutcome: (record) =>
      history.note({
        wallMs: clock.wallMs(),
        actor: 'load',
        verb: 'request',
        what: wordsOf(record, `${to}:${port}${path}`),
        routine: record.end === 'answered' && (record.status ?? 0) < 400,
        ...(record.sentTo ? { resource: 'pods', key: record.sentTo.pod } : {}),
      }),
  })
  return {
    get counts() {
      return load.counts()
    },
    get records() {
      return load.records()
    },
    stop: () => void load.stop(),
    [Symbol.dispose]: () => load[Symbol.dispose](),
  }
}

function stateOf(pod: Parameters<typeof isPodReady>[0]): PodState {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return 'stopped'
  if (pod.metadata?.deletionTimestamp) return 'terminating'
  return isPodReady(pod) ? 'ready' : 'notReady'
}

const where: Readonly<Record<PodState, string>> = {
  ready: 'reached a ready pod',
  notReady: 'reached a pod that is not ready',
  terminating: 'reached a pod that is being deleted',
  stopped: 'reached a pod after SIGTERM',
}

function wordsOf({ end, status, sentTo }: RequestRecord, target: string): string {
  const outcome = end === 'answered' ? `answered ${status}` : end
  const place = sentTo ? where[sentTo.state] : 'reached no pod'
  return `request ${place}: ${target} ${outcome}`
}
