import { isPodReady, pods } from '#api'
import type { ApiServer } from '#apiserver'
import type { History } from '#history'
import { type Clock, seededRandom } from '#lib'
import {
  type ConnectionEndpoint,
  createLoad,
  type LoadCounts,
  type PodSide,
  type PodTruth,
  type RequestLoad,
  type RequestRecord,
  type SimNetwork,
} from '#sim'

/** What a load is to do, as plain data that a journal keeps. */
export interface LoadSpec {
  /** A Service (`web`, `web.shop`) or an address. */
  readonly to: string
  readonly port: number
  readonly path: string
  readonly perSecond: number
  readonly fromNode: string
  /** The namespace in which short names are looked up. */
  readonly namespace: string
  /** How many clients keep their connections alive; absent: each request opens one of its own. */
  readonly keepAliveClients?: number
  /** How many of the latest records are kept; default 10 000. */
  readonly keepRecords?: number
  /** Whether what is answered well stays out of the event log. */
  readonly isQuiet?: boolean
}

/** A running load is a group of clients that send requests; disposing it aborts those under way. */
export interface RunningLoad extends Disposable {
  /** How many requests had which result so far. */
  readonly counts: LoadCounts
  /** Each request with its result, oldest first. */
  readonly records: readonly RequestRecord[]
  /** Sends no further request; those under way end as time advances. */
  stop(): void
}

/** What a load needs of a simulated node. */
interface LoadNode {
  readonly network: Pick<SimNetwork, 'clientFrom'>
  /** Returns whether the process that serves a port of a pod was sent its stop signal already. */
  isStopping(podUid: string, port: number): boolean
}

/** What loads act on. */
export interface LoadWorld {
  readonly clock: Clock
  readonly seed: number | string
  readonly nodes: ReadonlyMap<string, LoadNode>
  readonly objects: () => ApiServer['objects']
  readonly history: History
}

/** Starts a load; the result of each request is noted in the event log. */
export function startLoad(world: LoadWorld, id: number, spec: LoadSpec): RequestLoad {
  const { clock, nodes, history, seed } = world
  const { to, port, path, perSecond, fromNode, namespace, isQuiet = false } = spec
  const { keepAliveClients, keepRecords } = spec
  const node = nodes.get(fromNode)
  if (!node) throw new Error(`there is no node ${fromNode}`)
  return createLoad({
    clock,
    random: seededRandom(`${seed}/load/${id}`),
    client: node.network.clientFrom({ namespace }),
    // A bare name is looked up as a pod of that namespace would.
    host: /[.:]/.test(to) ? to : `${to}.${namespace}`,
    port,
    path,
    ratePerSecond: perSecond,
    ...(keepAliveClients === undefined ? {} : { keepAliveClients }),
    ...(keepRecords === undefined ? {} : { keepRecords }),
    findPod: (place) => truthOf(world, place),
    onOutcome: (record) => {
      const routine = record.end === 'answered' && (record.status ?? 0) < 400
      if (routine && isQuiet) return
      history.note({
        wallMs: clock.wallMs(),
        actor: 'load',
        verb: 'request',
        what: describeOutcome(record, `${to}:${port}${path}`),
        routine,
        ...(record.sentTo ? { resource: 'pods', key: record.sentTo.pod } : {}),
      })
    },
  })
}

function truthOf(
  { nodes, objects }: LoadWorld,
  { podUid = '', port }: ConnectionEndpoint,
): PodTruth | undefined {
  const pod = objects()
    .list(pods)
    .find(({ metadata }) => metadata.uid === podUid)
  if (!pod) return undefined
  const { name, namespace = '' } = pod.metadata
  const isStopping = nodes.get(pod.spec?.nodeName ?? '')?.isStopping(podUid, port) ?? false
  return { pod: `${namespace}/${name}`, state: isStopping ? 'stopped' : stateOf(pod) }
}

function stateOf(pod: Parameters<typeof isPodReady>[0]): PodSide {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return 'stopped'
  if (pod.metadata?.deletionTimestamp) return 'terminating'
  return isPodReady(pod) ? 'ready' : 'notReady'
}

const stateTexts: Readonly<Record<PodSide, string>> = {
  ready: 'reached a ready pod',
  notReady: 'reached a pod that is not ready',
  terminating: 'reached a pod that is being deleted',
  stopped: 'reached a pod after SIGTERM',
}

function describeOutcome({ end, status, sentTo }: RequestRecord, target: string): string {
  const outcome = end === 'answered' ? `answered ${status}` : end
  const place = sentTo ? stateTexts[sentTo.state] : 'reached no pod'
  return `request ${place}: ${target} ${outcome}`
}
