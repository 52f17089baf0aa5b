import { formatTime, type Stored, setCondition } from '#machinery'
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionStatus,
} from '../../../generated/types/apiextensions-v1.ts'

/** What keeps a definition until a controller has deleted the objects of its kind. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** A definition that remembers every version in which objects may have been stored. */
export function withStoredVersion(definition: CustomResourceDefinition): CustomResourceDefinition {
  const { spec, status = {} } = definition
  const { storedVersions = [] } = status
  const storage = spec.versions?.find((version) => version.storage)?.name
  if (storage === undefined || storedVersions.includes(storage)) return definition
  return { ...definition, status: { ...status, storedVersions: [...storedVersions, storage] } }
}

/** What the first delete makes of a definition: the objects of its kind go before it does. */
export function beginCleanup(
  definition: Stored<CustomResourceDefinition>,
  nowMs: number,
): CustomResourceDefinition {
  const { finalizers = [], ...metadata } = definition.metadata
  const held = finalizers.includes(cleanupFinalizer)
  return withDefinitionCondition(
    {
      ...definition,
      metadata: {
        ...metadata,
        deletionTimestamp: formatTime(nowMs),
        finalizers: held ? finalizers : [...finalizers, cleanupFinalizer],
      },
    },
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message:
        'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    },
    nowMs,
  )
}

/** A definition of which one condition is set. */
function withDefinitionCondition<T extends CustomResourceDefinition>(
  definition: T,
  condition: CustomResourceDefinitionCondition,
  nowMs: number,
): T {
  const status: CustomResourceDefinitionStatus = definition.status ?? {}
  const conditions = setCondition(status.conditions, condition, nowMs)
  return conditions === status.conditions
    ? definition
    : { ...definition, status: { ...status, conditions } }
}
