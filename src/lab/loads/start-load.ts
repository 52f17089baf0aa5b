import { isPodReady, pods } from '#api'
import type { ApiServer } from '#apiserver'
import type { History } from '#history'
import { type Clock, seededRandom } from '#lib'
import {
  type ConnectionEndpoint,
  createLoad,
  type LoadCounts,
  type PodState,
  type PodTruth,
  type RequestLoad,
  type RequestRecord,
  type SimNetwork,
} from '#sim'

/** Clients that send requests, as plain data: a journal keeps it. */
export interface LoadSpec {
  /** `web`, `web.shop`, or an address. */
  readonly to: string
  readonly port: number
  readonly path: string
  readonly perSecond: number
  readonly fromNode: string
  /** In which short names are looked up. */
  readonly namespace: string
}

/** Clients that run. */
export interface RunningLoad extends Disposable {
  readonly counts: LoadCounts
  readonly records: readonly RequestRecord[]
  /** Sends no more; what is under way still ends as time moves. */
  stop(): void
}

/** What a load needs of a simulated node. */
export interface LoadNode {
  readonly network: Pick<SimNetwork, 'clientFrom'>
  /** Whether what serves a port of a pod was sent its stop signal already. */
  isStopping(podUid: string, port: number): boolean
}

export interface LoadWorld {
  readonly clock: Clock
  readonly seed: number | string
  readonly nodes: ReadonlyMap<string, LoadNode>
  readonly objects: () => ApiServer['objects']
  readonly history: History
}

/** Starts clients; what becomes of their requests stands in the event log as well. */
export function startLoad(world: LoadWorld, id: number, spec: LoadSpec): RequestLoad {
  const { clock, nodes, history, seed } = world
  const { to, port, path, perSecond, fromNode, namespace } = spec
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
    truthOf: (place) => truthOf(world, place),
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
