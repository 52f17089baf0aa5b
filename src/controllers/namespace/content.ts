import { isPodTerminal, type Pod } from '#api'
import { type Client, type DiscoveredResource, discoverResources, supports } from '#client'
import { messageOf } from '#lib'
import { groupVersionOf, type KubeObject, type Stored } from '#machinery'
import { isMethodNotSupported, isNotFound } from '#machinery/status'
import type { Findings, Remaining } from './conditions.ts'

/** How long objects with finalizers are given (upstream: finalizerEstimateSeconds). */
const finalizerEstimateSeconds = 15

export interface Pass extends Findings {
  /** How long the rest will take to go; 0 when nothing is left, or nothing is known. */
  readonly estimateSeconds: number
}

export interface Leaving {
  readonly namespace: string
  /** Since the namespace was deleted. */
  readonly elapsedSeconds: number
}

/**
 * Deletes all that is in a namespace, pods first: what pods use goes only once no pod is left
 * (upstream: OrderedNamespaceDeletion). One pass; what remains is for the next one.
 */
export async function deleteContent(client: Client, leaving: Leaving): Promise<Pass> {
  const { preferred, failures } = await discoverResources(client)
  const deletable = preferred.filter(
    (each) => each.scope === 'Namespaced' && supports(each, 'delete'),
  )
  const isPods = ({ group, plural }: DiscoveredResource) => group === '' && plural === 'pods'
  const first = await deleteEach(client, deletable.filter(isPods), leaving)
  const rest =
    first.remaining.length > 0
      ? nothingFound
      : await deleteEach(
          client,
          deletable.filter((each) => !isPods(each)),
          leaving,
        )
  return {
    discoveryFailures: failures,
    deletionFailures: [...first.deletionFailures, ...rest.deletionFailures],
    remaining: [...first.remaining, ...rest.remaining],
    estimateSeconds: Math.max(first.estimateSeconds, rest.estimateSeconds),
  }
}

type Deleted = Omit<Pass, 'discoveryFailures'>

const nothingFound: Deleted = { deletionFailures: [], remaining: [], estimateSeconds: 0 }

async function deleteEach(
  client: Client,
  resources: readonly DiscoveredResource[],
  leaving: Leaving,
): Promise<Deleted> {
  const deletionFailures: string[] = []
  const remaining: Remaining[] = []
  let estimateSeconds = 0
  for (const resource of resources) {
    try {
      const left = await deleteAll(client, resource, leaving)
      if (left.count === 0) continue
      remaining.push({ resource, ...left })
      estimateSeconds = Math.max(estimateSeconds, left.estimateSeconds)
      if (left.estimateSeconds === 0) deletionFailures.push(unexpected(resource, leaving))
    } catch (error) {
      deletionFailures.push(messageOf(error))
    }
  }
  return { deletionFailures, remaining, estimateSeconds }
}

/** Neither a grace period nor a finalizer explains why something is still there. */
function unexpected(resource: DiscoveredResource, { namespace }: Leaving): string {
  const at = `${groupVersionOf(resource)}, Resource=${resource.plural}`
  const named = resource.group === '' ? `/${at}` : at
  return `unexpected items still remain in namespace: ${namespace} for gvr: ${named}`
}

interface Left extends Omit<Remaining, 'resource'> {
  readonly estimateSeconds: number
}

async function deleteAll(
  client: Client,
  resource: DiscoveredResource,
  { namespace, elapsedSeconds }: Leaving,
): Promise<Left> {
  const before = supports(resource, 'list') ? await listAll(client, resource, namespace) : []
  const graceSeconds = resource.plural === 'pods' ? longestGraceSeconds(before) : 0
  if (before.length > 0) await deleteCollection(client, resource, namespace, before)
  const after = before.length > 0 ? await listAll(client, resource, namespace) : []
  const finalizers = new Map<string, number>()
  for (const { metadata } of after) {
    for (const name of metadata.finalizers ?? []) {
      finalizers.set(name, (finalizers.get(name) ?? 0) + 1)
    }
  }
  const grace = elapsedSeconds >= graceSeconds ? 0 : graceSeconds
  const waiting = finalizers.size > 0 ? finalizerEstimateSeconds : 0
  return { count: after.length, finalizers, estimateSeconds: grace || waiting }
}

async function listAll(
  client: Client,
  resource: DiscoveredResource,
  namespace: string,
): Promise<readonly Stored<KubeObject>[]> {
  try {
    return (await client.list(resource, { namespace })).items
  } catch (error) {
    if (isNotFound(error) || isMethodNotSupported(error)) return []
    throw error
  }
}

async function deleteCollection(
  client: Client,
  resource: DiscoveredResource,
  namespace: string,
  items: readonly Stored<KubeObject>[],
): Promise<void> {
  const how = { propagationPolicy: 'Background' } as const
  if (supports(resource, 'deletecollection')) {
    await client.deleteCollection(resource, { namespace }, how)
    return
  }
  for (const { metadata } of items) {
    try {
      await client.delete(resource, metadata, how)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

/** Terminal pods have nothing left to stop. */
function longestGraceSeconds(pods: readonly Stored<KubeObject>[]): number {
  const running = (pods as readonly Stored<Pod>[]).filter((pod) => !isPodTerminal(pod))
  return Math.max(0, ...running.map(({ spec }) => spec?.terminationGracePeriodSeconds ?? 0))
}
