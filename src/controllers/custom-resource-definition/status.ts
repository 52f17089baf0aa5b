import { type CustomResourceDefinition, customResourceDefinitions } from '#api'
import type { Client } from '#client'
import { type Stored, setCondition } from '#machinery'
import { isConflict, isNotFound } from '#machinery/status'
import type { PolicyRule } from '../runner/controller.ts'

type Condition = NonNullable<NonNullable<CustomResourceDefinition['status']>['conditions']>[number]

/** What every controller of definitions may do with them. */
export const definitionPermissions: readonly PolicyRule[] = [
  {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions/status'],
    verbs: ['update'],
  },
]

/** A definition with conditions set, in this order. */
export function withConditions(
  definition: Stored<CustomResourceDefinition>,
  set: readonly Condition[],
  nowMs: number,
): Stored<CustomResourceDefinition> {
  const conditions = set.reduce<readonly Condition[]>(
    (held, condition) => setCondition(held, condition, nowMs),
    definition.status?.conditions ?? [],
  )
  return { ...definition, status: { ...definition.status, conditions } }
}

/**
 * Writes the status of a definition, and its finalizers. Undefined where it is gone or has changed
 * meanwhile: its next change brings it back.
 */
export async function recordStatus(
  client: Client,
  definition: Stored<CustomResourceDefinition>,
): Promise<Stored<CustomResourceDefinition> | undefined> {
  try {
    return await client.update(customResourceDefinitions, definition, { subresource: 'status' })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined
    throw error
  }
}
