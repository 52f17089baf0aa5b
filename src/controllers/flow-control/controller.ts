import { flowSchemas, type PriorityLevelConfiguration, priorityLevelConfigurations } from '#api'
import type { Client } from '#client'
import {
  formatTime,
  type KubeObject,
  type ObjectMeta,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { isAlreadyExists, isConflict, isNotFound } from '#machinery/status'
import { type Controller, type ReconcileContext, watching } from '../runner/controller.ts'
import { danglingCondition, type Maintenance, maintainLevel, maintainSchema } from './plan.ts'

const producer = 'api-priority-and-fairness-config-producer-v1'
const consumer = 'api-priority-and-fairness-config-consumer-v1'

/**
 * Maintains the objects that every server has, and says of each FlowSchema whether its level is there
 * (upstream: the API server's own hook and its `configController`).
 */
export const flowControlController: Controller = {
  name: 'flow-control',
  workers: 1,
  permissions: [
    {
      apiGroups: ['flowcontrol.apiserver.k8s.io'],
      resources: ['flowschemas', 'prioritylevelconfigurations'],
      verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'],
    },
    {
      apiGroups: ['flowcontrol.apiserver.k8s.io'],
      resources: ['flowschemas/status'],
      verbs: ['patch'],
    },
  ],
  start(context) {
    const schemas = context.informers.informer(flowSchemas)
    const levels = context.informers.informer(priorityLevelConfigurations)
    const leadingTo = ({ metadata }: Stored<PriorityLevelConfiguration>) =>
      schemas
        .list()
        .filter(({ spec }) => spec?.priorityLevelConfiguration.name === metadata.name)
        .map(({ metadata: { name } }) => `schema/${name}`)
    return {
      watches: [
        watching(flowSchemas, ({ metadata: { name } }) => [`schema/${name}`]),
        watching(priorityLevelConfigurations, (level) => [
          `level/${level.metadata.name}`,
          ...leadingTo(level),
        ]),
      ],
      async reconcile(key, { client, clock }) {
        const name = key.slice(key.indexOf('/') + 1)
        if (key.startsWith('level/')) {
          await carryOut(client, priorityLevelConfigurations, {
            name,
            what: maintainLevel(name, levels.get(name)),
          })
          return undefined
        }
        const schema = schemas.get(name)
        const what = maintainSchema(name, schema)
        await carryOut(client, flowSchemas, { name, what })
        if (schema && what.kind === 'nothing') {
          await recordLevel({ client, clock }, schema, (level) => levels.get(level) !== undefined)
        }
        return undefined
      },
    }
  },
}

async function carryOut<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  { name, what }: { readonly name: string; readonly what: Maintenance<T> },
): Promise<void> {
  try {
    if (what.kind === 'create') {
      // Cast: what the server maintains has a name.
      const object = what.object as T & { readonly metadata: ObjectMeta }
      await client.create(resource, object, { fieldManager: producer })
    } else if (what.kind === 'update') {
      await client.update(resource, what.object, { fieldManager: producer })
    } else if (what.kind === 'delete') await client.delete(resource, { name })
  } catch (error) {
    // Its change brings it back.
    if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
  }
}

async function recordLevel(
  { client, clock }: Pick<ReconcileContext, 'client' | 'clock'>,
  schema: Parameters<typeof danglingCondition>[0],
  hasLevel: (name: string) => boolean,
): Promise<void> {
  const condition = danglingCondition(schema, hasLevel)
  if (!condition) return
  const patch = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    status: { conditions: [{ ...condition, lastTransitionTime: formatTime(clock.wallMs()) }] },
  }
  const { name } = schema.metadata
  try {
    await client.patch(
      flowSchemas,
      { name },
      { kind: 'apply', patch, fieldManager: consumer, force: true },
      { subresource: 'status' },
    )
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
