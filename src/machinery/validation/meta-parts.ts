/** Rules for the parts of metadata that occur elsewhere too. */
import { type FieldError, invalidField, tooLongField } from '../fields/field-errors.ts'
import type { FieldPath } from '../fields/field-path.ts'
import type { ManagedFieldsEntry, OwnerReference } from '../meta/object.ts'
import { byteLength, isPlainName } from '../values/go-format.ts'
import { checkLabelValue, checkQualifiedName } from './names.ts'
import { validateFieldManager } from './options.ts'

/** All keys and values of an object's annotations together may have 256 KiB. */
export const maxAnnotationBytes = 256 * 1024

type StringMap = Readonly<Record<string, string>>

/** Checks the keys and the values of labels. */
export function validateLabels(labels: StringMap, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(labels)) {
    for (const message of checkQualifiedName(key)) errors.push(invalidField(path, key, message))
    for (const message of checkLabelValue(value)) errors.push(invalidField(path, value, message))
  }
  return errors
}

/** Checks the key of a label: a qualified name. */
export function validateLabelKey(key: string, path: FieldPath): FieldError[] {
  return checkQualifiedName(key).map((message) => invalidField(path, key, message))
}

/** Keys are qualified names in any case; the size of all is bounded. */
export function validateAnnotations(annotations: StringMap, path: FieldPath): FieldError[] {
  const errors = Object.keys(annotations).flatMap((key) =>
    checkQualifiedName(key.toLowerCase()).map((message) => invalidField(path, key, message)),
  )
  let bytes = 0
  for (const key in annotations) bytes += byteLength(key) + byteLength(annotations[key] ?? '')
  return bytes > maxAnnotationBytes ? [...errors, tooLongField(path, maxAnnotationBytes)] : errors
}

export function validateFinalizers(finalizers: readonly string[], path: FieldPath): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => validateLabelKey(finalizer, path))
  if (!finalizers.includes('orphan') || !finalizers.includes('foregroundDeletion')) return errors
  const rule = 'finalizer orphan and foregroundDeletion cannot be both set'
  return [...errors, invalidField(path, finalizers, rule)]
}

/** Each error of this kind shows all references, so that only so many are given. */
const maxControllers = 10

export function validateOwnerReferences(
  references: readonly OwnerReference[],
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = []
  let controller: string | undefined
  let others = 0
  for (const reference of references) {
    errors.push(...validateOwnerReference(reference, path))
    if (!reference.controller) continue
    const name = `${reference.kind}/${reference.name}`
    if (controller !== undefined && others++ < maxControllers) {
      const rule = 'Only one reference can have Controller set to true.'
      const found = `Found "true" in references for ${controller} and ${name}`
      errors.push(invalidField(path, references, `${rule} ${found}`))
    }
    controller ??= name
  }
  return errors
}

/** Entries that are known to be good are those of the object that is updated. */
export function validateManagedFields(
  entries: readonly ManagedFieldsEntry[],
  path: FieldPath,
  known: readonly ManagedFieldsEntry[] = [],
): FieldError[] {
  const errors: FieldError[] = []
  let isKnown: ReadonlySet<ManagedFieldsEntry> | undefined
  for (const [i, entry] of entries.entries()) {
    if (isPlainEntry(entry)) continue
    isKnown ??= new Set(known)
    if (isKnown.has(entry)) continue
    errors.push(...validateManagedFieldsEntry(entry, path.index(i)))
  }
  return errors
}

/** As every write of a component makes one: nothing of it needs a closer look. */
function isPlainEntry({
  operation,
  fieldsType,
  manager = '',
  subresource = '',
}: ManagedFieldsEntry): boolean {
  const isUsual = operation === 'Update' && fieldsType === 'FieldsV1'
  return isUsual && isPlainName(manager) && isPlainName(subresource)
}

function validateOwnerReference(reference: OwnerReference, path: FieldPath): FieldError[] {
  const { apiVersion = '', kind = '', name = '', uid = '' } = reference
  const empty = (field: string, value: string, message = 'must not be empty') =>
    value === '' ? [invalidField(path.child(field), '', message)] : []
  const version = apiVersion.slice(apiVersion.lastIndexOf('/') + 1)
  return [
    ...(version === ''
      ? [invalidField(path.child('apiVersion'), apiVersion, 'version must not be empty')]
      : []),
    ...empty('kind', kind),
    ...empty('name', name),
    ...empty('uid', uid),
    ...(apiVersion === 'v1' && kind === 'Event'
      ? [invalidField(path, reference, '/v1, Kind=Event is disallowed from being an owner')]
      : []),
  ]
}

const maxSubresourceBytes = 256

function validateManagedFieldsEntry(entry: ManagedFieldsEntry, path: FieldPath): FieldError[] {
  const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry
  return [
    ...(operation === 'Apply' || operation === 'Update'
      ? []
      : [invalidField(path.child('operation'), operation, 'must be `Apply` or `Update`')]),
    ...(fieldsType === '' || fieldsType === 'FieldsV1'
      ? []
      : [invalidField(path.child('fieldsType'), fieldsType, 'must be `FieldsV1`')]),
    ...validateFieldManager(manager, path.child('manager')),
    ...(byteLength(subresource) > maxSubresourceBytes
      ? [tooLongField(path.child('subresource'), maxSubresourceBytes)]
      : []),
  ]
}
