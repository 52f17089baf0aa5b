import type { Column, KubeObject, ObjectMeta, Stored, Subresource } from '#machinery'
import { fieldPath, validateNonNegative } from '#machinery/validation'
import type { Scale } from '../generated/types/autoscaling-v1.ts'
import { change } from './change.ts'
import { ageColumn, integer, nameColumn } from './columns.ts'

interface Scalable extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly replicas?: number }
}

/** `/scale`: the number of replicas alone, as autoscaling/v1 Scale; `selector` is the text of one. */
export function scaleProjection<T extends Scalable>(
  selector: (object: Stored<T>) => string,
): Subresource<T> {
  return {
    kind: 'projection',
    verbs: ['get', 'patch', 'update'],
    group: 'autoscaling',
    version: 'v1',
    objectKind: 'Scale',
    schemaName: 'io.k8s.api.autoscaling.v1.Scale',
    columns: scaleColumns,
    read: (object) => scaleOf(object, selector(object)),
    write(object, projected) {
      const replicas = (projected as Scale).spec?.replicas ?? 0
      const spec = change<{ readonly replicas?: number }>(object.spec ?? {}, { replicas })
      return change<Scalable>(object, { spec }) as T
    },
    validate: (projected) =>
      validateNonNegative((projected as Scale).spec?.replicas ?? 0, fieldPath('spec', 'replicas')),
  }
}

/** Upstream's printer of autoscaling/v1 Scale. */
export const scaleColumns: readonly Column[] = [
  nameColumn,
  integer<Scale>('Desired', ({ spec }) => spec?.replicas) as Column,
  integer<Scale>('Available', ({ status }) => status?.replicas) as Column,
  ageColumn,
]

function scaleOf(object: Stored<Scalable>, selector: string): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const metadata: ObjectMeta = {
    name,
    ...(namespace !== undefined && { namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
  }
  const replicas = object.spec?.replicas
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata,
    spec: replicas ? { replicas } : {},
    status: { replicas: object.status?.replicas ?? 0, ...(selector && { selector }) },
  }
}
