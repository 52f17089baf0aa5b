import { type Namespace, namespaces } from '#api'
import { keyOf, type Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import { type Controller, type ReconcileContext, watching } from '../runner/controller.ts'
import { namespaceConditions } from './conditions.ts'
import { deleteContent, type Pass } from './content.ts'

/** Lets other control planes see a deletion before content goes (upstream: namespaceDeletionGracePeriod). */
const settleMs = 5_000
const ownFinalizer = 'kubernetes'

/** Empties namespaces that are going away, then lets them go (upstream: pkg/controller/namespace). */
export const namespaceController: Controller = {
  name: 'namespace',
  workers: 10,
  permissions: [
    { apiGroups: [''], resources: ['namespaces'], verbs: ['delete', 'get', 'list', 'watch'] },
    {
      apiGroups: [''],
      resources: ['namespaces/finalize', 'namespaces/status'],
      verbs: ['update'],
    },
    { apiGroups: ['*'], resources: ['*'], verbs: ['delete', 'deletecollection', 'get', 'list'] },
  ],
  start(context) {
    const cache = context.informers.informer(namespaces)
    return {
      watches: [
        watching(namespaces, (namespace) =>
          namespace.metadata.deletionTimestamp ? [keyOf(namespace)] : [],
        ),
      ],
      async reconcile(name, reconcile) {
        const since = cache.get(name)?.metadata.deletionTimestamp
        if (since === undefined) return undefined
        const elapsedMs = reconcile.clock.wallMs() - Date.parse(since)
        if (elapsedMs < settleMs) return { againInMs: settleMs - elapsedMs }
        const namespace = await latest(name, reconcile)
        if (!namespace?.metadata.deletionTimestamp || !isHeld(namespace)) return undefined
        return empty(namespace, elapsedMs, reconcile)
      },
    }
  },
}

function isHeld({ spec }: Namespace): boolean {
  return spec?.finalizers?.includes(ownFinalizer) ?? false
}

async function latest(
  name: string,
  { client }: ReconcileContext,
): Promise<Stored<Namespace> | undefined> {
  try {
    return await client.get(namespaces, { name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function empty(
  namespace: Stored<Namespace>,
  elapsedMs: number,
  context: ReconcileContext,
): Promise<{ readonly againInMs: number } | undefined> {
  const elapsedSeconds = elapsedMs / 1000
  const pass = await deleteContent(context.client, {
    namespace: namespace.metadata.name,
    elapsedSeconds,
  })
  const updated = await updateStatus(namespace, pass, context)
  const failures = [...pass.discoveryFailures, ...pass.deletionFailures]
  if (failures.length > 0) throw new Error(failures.join(', '))
  if (pass.remaining.length > 0) {
    return { againInMs: (Math.floor(pass.estimateSeconds / 2) + 1) * 1000 }
  }
  await finalize(updated, context)
  return undefined
}

async function updateStatus(
  namespace: Stored<Namespace>,
  pass: Pass,
  { client, clock }: ReconcileContext,
): Promise<Stored<Namespace>> {
  const held = namespace.status?.conditions
  const conditions = namespaceConditions(held, pass, clock.wallMs())
  if (conditions === held && namespace.status?.phase === 'Terminating') return namespace
  const status = { ...namespace.status, phase: 'Terminating', conditions }
  return client.update(namespaces, { ...namespace, status }, { subresource: 'status' })
}

async function finalize(namespace: Stored<Namespace>, { client }: ReconcileContext): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((each) => each !== ownFinalizer)
  const spec = { ...namespace.spec, finalizers }
  try {
    await client.update(namespaces, { ...namespace, spec }, { subresource: 'finalize' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
