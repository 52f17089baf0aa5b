import { type CustomResourceDefinition, type Scale, scaleColumns } from '#api'
import { type KubeObject, type Stored, type Subresource, withIn } from '#machinery'
import { badRequest, internalError } from '#machinery/status'
import {
  type FieldErrors,
  fieldPath,
  invalidField,
  validateNonNegative,
} from '#machinery/validation'
import { fieldsOfPath, type Nested, nestedInteger, nestedString } from './nested.ts'

type Version = CustomResourceDefinition['spec']['versions'][number]

/** Where a custom resource has what autoscaling/v1 Scale shows of it. */
export type ScalePaths = NonNullable<NonNullable<Version['subresources']>['scale']>

const maxInt32 = 2 ** 31 - 1

/** `/scale` of a custom resource, by the paths that its definition names. */
export function customScale(paths: ScalePaths): Subresource {
  const replicasAt = fieldsOfPath(paths.specReplicasPath)
  return {
    kind: 'projection',
    verbs: ['get', 'patch', 'update'],
    group: 'autoscaling',
    version: 'v1',
    objectKind: 'Scale',
    schemaName: 'io.k8s.api.autoscaling.v1.Scale',
    columns: scaleColumns,
    read: (object) => scaleOf(object, paths),
    checkReadable(object) {
      if (orFail(nestedInteger(object, replicasAt)) !== undefined) return
      throw internalError(`the spec replicas field "${paths.specReplicasPath}" does not exist`)
    },
    write(object, projected) {
      // Cast: what is written here has been decoded as a Scale.
      const { spec } = projected as Scale
      return withIn<KubeObject>(object, replicasAt, spec?.replicas ?? 0)
    },
    validate: (projected) =>
      // Cast: what is written here has been decoded as a Scale.
      validateNonNegative((projected as Scale).spec?.replicas ?? 0, fieldPath('spec', 'replicas')),
  }
}

function scaleOf(object: Stored, paths: ScalePaths): Scale {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths
  const replicas = orFail(nestedInteger(object, fieldsOfPath(specReplicasPath)))
  const selector = labelSelectorPath
    ? orFail(nestedString(object, fieldsOfPath(labelSelectorPath)))
    : undefined
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas ? { replicas } : {},
    status: {
      replicas: orFail(nestedInteger(object, fieldsOfPath(statusReplicasPath))) ?? 0,
      ...(selector && { selector }),
    },
  }
}

function orFail<T>(found: Nested<T>): T | undefined {
  if ('fault' in found) throw badRequest(found.fault)
  return found.value
}

/** What a Scale is made of must be numbers and texts that it can show. */
export function validateScalePaths(
  object: object,
  paths: ScalePaths | undefined,
  parts: readonly ('spec' | 'status')[],
): FieldErrors {
  if (!paths) return []
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths
  return [
    ...(parts.includes('spec') ? validateReplicas(object, specReplicasPath) : []),
    ...(parts.includes('status')
      ? [
          ...validateReplicas(object, statusReplicasPath),
          ...(labelSelectorPath ? validateSelector(object, labelSelectorPath) : []),
        ]
      : []),
  ]
}

function validateReplicas(object: object, path: string): FieldErrors {
  const found = nestedInteger(object, fieldsOfPath(path))
  const refuse = (value: number, why: string) => [invalidField(fieldPath(path), value, why)]
  if ('fault' in found) return refuse(0, found.fault)
  const replicas = found.value ?? 0
  if (replicas < 0) return refuse(replicas, 'should be a non-negative integer')
  if (replicas <= maxInt32) return []
  return refuse(replicas, `should be less than or equal to ${maxInt32}`)
}

function validateSelector(object: object, path: string): FieldErrors {
  const found = nestedString(object, fieldsOfPath(path))
  return 'fault' in found ? [invalidField(fieldPath(path), '', found.fault)] : []
}
