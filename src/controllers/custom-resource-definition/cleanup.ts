import {
  type CustomResourceDefinition,
  cleanupFinalizer,
  customResourceDefinitions,
  kinds,
} from '#api'
import type { Client } from '#client'
import { messageOf } from '#lib'
import { hasCondition, keyOf, parseTime, type ResourceRef, type Stored } from '#machinery'
import { type Controller, type ReconcileContext, watching } from '../runner/controller.ts'
import { definitionPermissions, recordStatus, withConditions } from './status.ts'

/** Between looks whether the last object has gone. */
const lookMs = 5_000
/** How long they are waited for before that is told as a failure. */
const patienceMs = 60_000

/** Deletes the objects of kinds that go, and then lets these go (upstream: apiextensions' CRDFinalizer). */
export const customResourceCleanupController: Controller = {
  name: 'custom-resource-cleanup',
  workers: 5,
  permissions: [
    ...definitionPermissions,
    { apiGroups: ['*'], resources: ['*'], verbs: ['deletecollection', 'list'] },
  ],
  start({ informers }) {
    const cache = informers.informer(customResourceDefinitions)
    return {
      watches: [
        watching(customResourceDefinitions, (each) => (isLeaving(each) ? [keyOf(each)] : [])),
      ],
      async reconcile(name, context) {
        const definition = cache.get(name)
        if (!definition || !isLeaving(definition)) return undefined
        return cleanUp(definition, context)
      },
    }
  },
}

function isLeaving({ metadata }: CustomResourceDefinition): boolean {
  const held = metadata?.finalizers?.includes(cleanupFinalizer) ?? false
  return held && metadata?.deletionTimestamp !== undefined
}

async function cleanUp(
  cached: Stored<CustomResourceDefinition>,
  { client, clock }: ReconcileContext,
): Promise<{ readonly againInMs: number } | undefined> {
  const terminating = (status: 'True' | 'False', reason: string, message: string) =>
    ({ type: 'Terminating', status, reason, message }) as const
  const record = (definition: typeof cached, condition: ReturnType<typeof terminating>) =>
    recordStatus(client, withConditions(definition, [condition], clock.wallMs()))
  const end = async (definition: typeof cached, reason: string, message: string) => {
    await record(withoutFinalizer(definition), terminating('False', reason, message))
    return undefined
  }
  const begun = terminating(
    'True',
    'InstanceDeletionInProgress',
    'CustomResource deletion is in progress',
  )
  const definition = await record(cached, begun)
  if (!definition) return undefined
  if (isBuiltIn(definition)) {
    const overlap = 'instances overlap with built-in resources in storage'
    return end(definition, 'OverlappingBuiltInResource', overlap)
  }
  if (!hasCondition(definition.status?.conditions, 'Established')) {
    return end(definition, 'NeverEstablished', 'resource was never established')
  }
  try {
    if ((await deleteInstances(client, refOf(definition))) === 0) {
      return await end(definition, 'InstanceDeletionCompleted', 'removed all instances')
    }
  } catch (error) {
    const message = `could not list instances: ${messageOf(error)}`
    await record(definition, terminating('True', 'InstanceDeletionFailed', message))
    throw error
  }
  const since = parseTime(definition.metadata.deletionTimestamp ?? '') ?? 0
  if (clock.wallMs() - since >= patienceMs) {
    const message =
      'could not confirm zero CustomResources remaining: timed out waiting for the condition'
    await record(definition, terminating('True', 'InstanceDeletionCheck', message))
  }
  return { againInMs: lookMs }
}

function withoutFinalizer(
  definition: Stored<CustomResourceDefinition>,
): Stored<CustomResourceDefinition> {
  const { finalizers = [], ...metadata } = definition.metadata
  const left = finalizers.filter((name) => name !== cleanupFinalizer)
  return { ...definition, metadata: { ...metadata, ...(left.length > 0 && { finalizers: left }) } }
}

function isBuiltIn({ spec: { group, names } }: CustomResourceDefinition): boolean {
  return kinds.some((kind) => kind.group === group && kind.plural === names.plural)
}

/** How to address the objects of a kind: at a version that is served. */
function refOf({ spec, status }: CustomResourceDefinition): ResourceRef {
  const { group, versions, scope } = spec
  const { plural, kind } = status?.acceptedNames ?? spec.names
  const version = versions.find(({ served }) => served)?.name ?? versions[0]?.name ?? ''
  return { group, version, plural, kind, scope: scope === 'Namespaced' ? 'Namespaced' : 'Cluster' }
}

/** Deletes all of them, namespace by namespace; gives how many are still there. */
async function deleteInstances(client: Client, resource: ResourceRef): Promise<number> {
  const { items } = await client.list(resource)
  if (items.length === 0) return 0
  const namespaces = new Set(items.map(({ metadata }) => metadata.namespace))
  for (const namespace of namespaces) {
    await client.deleteCollection(resource, namespace === undefined ? {} : { namespace })
  }
  return (await client.list(resource)).items.length
}
