import {
  amountsOf,
  areSameAmounts,
  type QuotaEvaluator,
  quotaEvaluatorOf,
  type ResourceQuota,
  resourceQuotas,
} from '#api'
import {
  type Change,
  type DiscoveredResource,
  discoverResources,
  type Informer,
  type InformerFactory,
  supports,
} from '#client'
import { messageOf } from '#lib'
import { groupResourceOf, type KubeObject, keyOf, type ResourceRef } from '#machinery'
import { isNotFound } from '#machinery/status'
import {
  type BackgroundContext,
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type WatchedResource,
  watching,
} from '../runner/controller.ts'
import { recount } from './plan.ts'

/** kube-controller-manager's resource-quota-sync-period: each quota is counted anew that often. */
const syncPeriodMs = 5 * 60_000
/** How often new resources are looked for. */
const discoveryPeriodMs = 30_000
const undiscoveredMs = 1000

/** Counts what quotas bound, when something goes or the bounds change (upstream: resourcequota). */
export const resourceQuotaController: Controller = {
  name: 'resourcequota',
  workers: 5,
  permissions: [
    { apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
    { apiGroups: [''], resources: ['resourcequotas/status'], verbs: ['update'] },
  ],
  start,
}

interface Monitor {
  readonly evaluator: QuotaEvaluator
  readonly cache: Informer<KubeObject>
  readonly watch: Disposable
}

function start({ informers, clock }: ControllerContext): ControllerLoop {
  const quotas = informers.informer(resourceQuotas)
  const monitors = new Map<string, Monitor>()
  const counted = (namespace: string) =>
    [...monitors.values()].map(({ evaluator, cache }) => ({
      evaluator,
      objects: () => (cache.synced ? cache.list(namespace) : undefined),
    }))
  return {
    watches: [watching(resourceQuotas, (quota, change) => (isNews(change) ? [keyOf(quota)] : []))],
    async reconcile(key, { client }) {
      const quota = quotas.get(key)
      if (!quota) return undefined
      if (monitors.size === 0) return { againInMs: undiscoveredMs }
      const { status, unknown } = recount(
        quota,
        counted(quota.metadata.namespace ?? ''),
        clock.wallMs(),
      )
      try {
        if (status)
          await client.update(resourceQuotas, { ...quota, status }, { subresource: 'status' })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      // Their caches have not been filled yet.
      if (unknown.length > 0) return { againInMs: undiscoveredMs }
      return { againInMs: syncPeriodMs }
    },
    background: (context, signal) => discover({ monitors, informers, quotas }, context, signal),
  }
}

/** Whether it is new, or bounds something else; what is used is said by the API server and us. */
function isNews({ before, after }: Change<ResourceQuota>): boolean {
  if (!before || !after) return true
  return !areSameAmounts(amountsOf(before.spec?.hard), amountsOf(after.spec?.hard))
}

interface Watched {
  readonly monitors: Map<string, Monitor>
  readonly informers: InformerFactory
  readonly quotas: Informer<ResourceQuota>
}

async function discover(
  watched: Watched,
  context: BackgroundContext,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, log } = context
  while (!signal.aborted) {
    try {
      const { preferred, failures } = await discoverResources(client)
      if (failures.length > 0) log.warn('discovery is incomplete', { failures: failures.join() })
      follow(watched, preferred.filter(isCountable), { context, keepOthers: failures.length > 0 })
    } catch (error) {
      if (signal.aborted) return
      log.warn('discovery failed', { error: messageOf(error) })
    }
    await clock.sleep(discoveryPeriodMs, signal)
  }
}

function isCountable(resource: DiscoveredResource): boolean {
  // The extensions group is a view of objects of other groups.
  if (resource.scope !== 'Namespaced' || resource.group === 'extensions') return false
  return supports(resource, 'create', 'list', 'watch', 'delete')
}

/** Watches what is served now; what is not served any more cannot be counted. */
function follow(
  { monitors, informers, quotas }: Watched,
  resources: readonly ResourceRef[],
  { context, keepOthers }: { readonly context: BackgroundContext; readonly keepOthers: boolean },
): void {
  const served = new Set(resources.map(groupResourceOf))
  for (const [name, { watch }] of monitors) {
    if (served.has(name) || keepOthers) continue
    monitors.delete(name)
    watch[Symbol.dispose]()
  }
  for (const resource of resources) {
    const evaluator = quotaEvaluatorOf(resource)
    if (!evaluator) continue
    const name = groupResourceOf(resource)
    // The collector of garbage drops caches of what is gone; what comes back has another cache.
    const cache = informers.informer<KubeObject>(resource)
    const known = monitors.get(name)
    if (known?.cache === cache) continue
    known?.watch[Symbol.dispose]()
    const now = () => context.clock.wallMs()
    const watch = context.watch(watchOf(resource, { evaluator, quotas, now }))
    monitors.set(name, { evaluator, cache, watch })
  }
}

/** What goes, or changes what it uses, has the quotas of its namespace counted that bound it. */
function watchOf(
  resource: ResourceRef,
  {
    evaluator,
    quotas,
    now,
  }: {
    readonly evaluator: QuotaEvaluator
    readonly quotas: Informer<ResourceQuota>
    readonly now: () => number
  },
): WatchedResource<never> {
  return watching(resource, ({ metadata }, { before, after }) => {
    if (!before) return []
    const bounding = quotas
      .list(metadata.namespace)
      .filter(({ status }) => evaluator.matching(Object.keys(status?.hard ?? {})).length > 0)
    if (bounding.length === 0) return []
    const isCounted = !after || evaluator.isRecounted(before, after, now())
    return isCounted ? bounding.map(keyOf) : []
  })
}
