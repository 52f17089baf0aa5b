/** Rules for metadata, those of apimachinery's `api/validation` with its texts and its order. */

import {
  type FieldError,
  forbiddenField,
  invalidField,
  requiredField,
} from '../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../fields/field-path.ts'
import type { KubeObject, ObjectMeta } from '../meta/object.ts'
import { deepEqual } from '../values/deep-equal.ts'
import { goStringSlice } from '../values/go-format.ts'
import {
  validateAnnotations,
  validateFinalizers,
  validateLabels,
  validateManagedFields,
  validateOwnerReferences,
} from './meta-parts.ts'
import { type CheckObjectName, labelName } from './object-names.ts'

/** The message of a field that an update must not change. */
const immutableMessage = 'field is immutable'

export interface MetaRules {
  readonly namespaced: boolean
  readonly checkName: CheckObjectName
}

/** The metadata of an object to be created; a `generateName` has already become a name. */
export function validateMetaOnCreate(
  object: KubeObject,
  rules: MetaRules,
  path: FieldPath = fieldPath('metadata'),
): FieldError[] {
  const meta = object.metadata ?? {}
  return [
    ...validateNames(meta, rules.checkName, path),
    ...validateNamespace(meta, rules.namespaced, path.child('namespace')),
    ...validateNonNegative(meta.generation ?? 0, path.child('generation')),
    ...validateParts(meta, path),
    ...validateFinalizers(meta.finalizers ?? [], path.child('finalizers')),
    ...validateManagedFields(meta.managedFields ?? [], path.child('managedFields')),
  ]
}

/** The metadata of an object that is to take the place of `old`. */
export function validateMetaOnUpdate(
  object: KubeObject,
  old: KubeObject,
  path: FieldPath = fieldPath('metadata'),
): FieldError[] {
  const [meta, oldMeta] = [object.metadata ?? {}, old.metadata ?? {}]
  if (isSameButOwners(meta, oldMeta)) {
    const entries = meta.managedFields ?? []
    return validateManagedFields(entries, path.child('managedFields'), oldMeta.managedFields)
  }
  return [
    ...validateNoNewFinalizers(meta, oldMeta, path.child('finalizers')),
    ...validateVersions(meta, oldMeta, path),
    ...immutableMetaFields.flatMap(([name, empty]) =>
      meta[name] === oldMeta[name]
        ? []
        : validateImmutable(meta[name] ?? empty, oldMeta[name] ?? empty, path.child(name)),
    ),
    ...validateParts(meta, path, oldMeta),
    ...validateManagedFields(
      meta.managedFields ?? [],
      path.child('managedFields'),
      oldMeta.managedFields,
    ),
  ]
}

/** Whether it says the very same, as it does when a status is written or a lease renewed. */
function isSameButOwners(meta: ObjectMeta, old: ObjectMeta): boolean {
  for (const name in meta) {
    if (name === 'managedFields') continue
    if (meta[name as keyof ObjectMeta] !== old[name as keyof ObjectMeta]) return false
  }
  for (const name in old) if (!(name in meta)) return false
  return meta.resourceVersion !== undefined
}

/** An error when two values differ: `field is immutable`. */
export function validateImmutable(value: unknown, old: unknown, path: FieldPath): FieldError[] {
  return deepEqual(value, old) ? [] : [invalidField(path, value, immutableMessage)]
}

/** An error for a number below 0. */
export function validateNonNegative(value: number, path: FieldPath): FieldError[] {
  return value < 0 ? [invalidField(path, value, 'must be greater than or equal to 0')] : []
}

/** Fields that no update changes, each with what stands for its absence in messages. */
const immutableMetaFields = [
  ['name', ''],
  ['namespace', ''],
  ['uid', ''],
  ['creationTimestamp', null],
  ['deletionTimestamp', null],
  ['deletionGracePeriodSeconds', null],
] as const satisfies readonly (readonly [keyof ObjectMeta, unknown])[]

function validateNames(meta: ObjectMeta, check: CheckObjectName, path: FieldPath): FieldError[] {
  const { name, generateName } = meta
  const errors = (field: string, value: string, isPrefix: boolean) =>
    check(value, isPrefix).map((message) => invalidField(path.child(field), value, message))
  return [
    ...(generateName ? errors('generateName', generateName, true) : []),
    ...(name
      ? errors('name', name, false)
      : [requiredField(path.child('name'), 'name or generateName is required')]),
  ]
}

function validateNamespace(
  { namespace }: ObjectMeta,
  namespaced: boolean,
  path: FieldPath,
): FieldError[] {
  if (!namespaced) return namespace ? [forbiddenField(path, 'not allowed on this type')] : []
  if (!namespace) return [requiredField(path)]
  return labelName(namespace, false).map((message) => invalidField(path, namespace, message))
}

/** What is the very value of the old object was found good when that was written. */
function validateParts(meta: ObjectMeta, path: FieldPath, old: ObjectMeta = {}): FieldError[] {
  const { labels, annotations, ownerReferences: owners } = meta
  return [
    ...(labels === old.labels ? [] : validateLabels(labels ?? {}, path.child('labels'))),
    ...(annotations === old.annotations
      ? []
      : validateAnnotations(annotations ?? {}, path.child('annotations'))),
    ...(owners === old.ownerReferences
      ? []
      : validateOwnerReferences(owners ?? [], path.child('ownerReferences'))),
  ]
}

function validateNoNewFinalizers(meta: ObjectMeta, old: ObjectMeta, path: FieldPath): FieldError[] {
  if (!old.deletionTimestamp) return []
  const known = new Set(old.finalizers)
  const added = [...new Set(meta.finalizers)].filter((finalizer) => !known.has(finalizer)).sort()
  if (added.length === 0) return []
  const rule = 'no new finalizers can be added if the object is being deleted'
  return [forbiddenField(path, `${rule}, found new finalizers ${goStringSlice(added)}`)]
}

function validateVersions(meta: ObjectMeta, old: ObjectMeta, path: FieldPath): FieldError[] {
  const generation = meta.generation ?? 0
  return [
    ...(meta.resourceVersion
      ? []
      : [invalidField(path.child('resourceVersion'), '', 'must be specified for an update')]),
    ...(generation < (old.generation ?? 0)
      ? [invalidField(path.child('generation'), generation, 'must not be decremented')]
      : []),
  ]
}
