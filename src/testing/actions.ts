import { type Deployment, type Event, events, nodes, type Pod, pods } from '#api'
import type { SimCluster } from '#cluster/simulation'
import { KnarrError, messageOf } from '#lib'
import { controllerOf, type Resource, type Stored } from '#machinery'
import { isNotFound, isTooManyRequests } from '#machinery/status'
import { type Duration, toMs } from './duration.ts'

/** Where an object is, and how far time is advanced for what is asked of it. */
export interface ActionOptions {
  /** Default `default`. */
  readonly namespace?: string
  /** The longest that time is advanced; default 10 minutes. */
  readonly within?: Duration
}

const usualLimit: Duration = '10m'
/** How long to wait before an eviction that a budget refused is asked for again, as kubectl does. */
const retryMs = 5_000

/** Asks for the eviction of a pod, which its budgets may refuse. @throws StatusError 429 */
export async function evictPod(
  { client }: Pick<SimCluster, 'client'>,
  name: string,
  namespace: string,
): Promise<void> {
  const metadata = { name, namespace }
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata }
  await client.createSubresource(pods, metadata, 'eviction', body)
}

/**
 * Cordons a node and evicts its pods but those of DaemonSets, as `kubectl drain --ignore-daemonsets`
 * does, and advances time until they are gone.
 * @throws KnarrError `NotDrained` with what refuses, when they are not gone in time
 */
export async function drainInTime(
  cluster: SimCluster,
  name: string,
  { within = usualLimit }: Pick<ActionOptions, 'within'> = {},
): Promise<void> {
  const { client, clock, objects, timeDriver } = cluster
  await client.patch(nodes, { name }, { kind: 'merge', patch: { spec: { unschedulable: true } } })
  const untilMs = clock.monotonicMs() + toMs(within)
  const wanted = new Map(
    objects
      .list(pods)
      .filter((pod) => pod.spec?.nodeName === name && isEvictable(pod))
      .map((pod) => [pod.metadata.uid, pod]),
  )
  const isGone = ({ metadata }: Stored<Pod>) =>
    objects.get(pods, metadata)?.metadata.uid !== metadata.uid
  const waiting = new Set(wanted.keys())
  for (;;) {
    const refusals: string[] = []
    for (const uid of waiting) {
      const pod = wanted.get(uid)
      const refusal = pod && (await tryToEvict(cluster, pod))
      if (refusal === undefined) waiting.delete(uid)
      else refusals.push(refusal)
    }
    const leftMs = untilMs - clock.monotonicMs()
    const isDone = () => waiting.size === 0 && [...wanted.values()].every(isGone)
    if (await timeDriver.until(isDone, Math.min(leftMs, retryMs))) return
    if (clock.monotonicMs() >= untilMs) {
      const still = [...wanted.values()].filter((pod) => !isGone(pod))
      const names = still.map(({ metadata }) => metadata.name).join(', ')
      const because = refusals.length > 0 ? `: ${refusals.join('; ')}` : ''
      throw new KnarrError('NotDrained', `${names} not gone within ${within}${because}`)
    }
  }
}

/** Returns why an eviction was refused for now; undefined once it was granted or there is nothing to evict. */
async function tryToEvict(
  cluster: SimCluster,
  { metadata }: Stored<Pod>,
): Promise<string | undefined> {
  const { name, namespace = '' } = metadata
  try {
    await evictPod(cluster, name, namespace)
  } catch (error) {
    if (isTooManyRequests(error)) return `pod ${namespace}/${name}: ${messageOf(error)}`
    if (!isNotFound(error)) throw error
  }
  return undefined
}

function isEvictable(pod: Stored<Pod>): boolean {
  const isMirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined
  return controllerOf(pod)?.kind !== 'DaemonSet' && !isMirror
}

/** Sets the image of a container of a workload, as `kubectl set image` does; of the only one when none is named. */
export async function setImage(
  { client, objects }: SimCluster,
  { resource, key }: { readonly resource: Resource; readonly key: { readonly name: string } },
  { image, container }: { readonly image: string; readonly container: string | undefined },
): Promise<void> {
  // Cast: all workloads have a pod template where a Deployment has its; what has none is refused below.
  const object = objects.get(resource, key) as Stored<Deployment> | undefined
  const all = object?.spec?.template?.spec?.containers ?? []
  const [only, ...others] = container ? all.filter(({ name }) => name === container) : all
  if (!only || others.length > 0) {
    const names = all.map(({ name }) => name).join(', ') || 'none'
    throw new KnarrError('NoSuchContainer', `which container of ${resource.plural}/${key.name}?`, {
      hint: `Its containers: ${names}.`,
    })
  }
  const containers = [{ name: only.name, image }]
  const patch = { spec: { template: { spec: { containers } } } }
  await client.patch(resource, key, { kind: 'strategic', patch })
}

/** Returns the Events of a namespace, or those about one object, in the order in which they began. */
export function eventsAbout(
  { objects }: SimCluster,
  namespace: string,
  about?: { readonly kind: string; readonly name: string },
): readonly Stored<Event>[] {
  return objects
    .list(events, namespace)
    .filter(
      ({ involvedObject: of }) => !about || (of?.kind === about.kind && of.name === about.name),
    )
    .toSorted((a, b) => beganAt(a).localeCompare(beganAt(b)))
}

function beganAt({ firstTimestamp, eventTime, metadata }: Stored<Event>): string {
  return firstTimestamp ?? eventTime ?? metadata.creationTimestamp
}
