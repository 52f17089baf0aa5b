/** Rules for the options of writes, those of apimachinery's `apis/meta/v1/validation`. */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  notSupportedField,
  requiredField,
  tooLongField,
} from '../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../fields/field-path.ts'
import { byteLength, goUnicode, isPrintable } from '../values/go-format.ts'

const maxFieldManagerBytes = 128

/** Options that create, update and patch share. */
export interface WriteOptionsFields {
  readonly dryRun?: readonly string[]
  readonly fieldManager?: string
  readonly fieldValidation?: string
}

export interface PatchOptions extends WriteOptionsFields {
  readonly force?: boolean
}

/** The options of a delete as they are validated (metav1.DeleteOptions). */
export interface DeleteOptionsFields {
  readonly dryRun?: readonly string[]
  readonly gracePeriodSeconds?: number
  readonly orphanDependents?: boolean
  readonly propagationPolicy?: string
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

/** The options of a create or update. */
export function validateWriteOptions(options: WriteOptionsFields): FieldError[] {
  const { fieldManager = '', dryRun = [], fieldValidation = '' } = options
  return [
    ...validateFieldManager(fieldManager, fieldPath('fieldManager')),
    ...validateDryRun(dryRun, fieldPath('dryRun')),
    ...validateFieldValidation(fieldValidation, fieldPath('fieldValidation')),
  ]
}

/** The options of a patch; `isApply` when it is a server-side apply. */
export function validatePatchOptions(options: PatchOptions, isApply: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (!isApply && options.force !== undefined) {
    errors.push(forbiddenField(fieldPath('force'), 'may not be specified for non-apply patch'))
  }
  if (isApply && !options.fieldManager) {
    errors.push(requiredField(fieldPath('fieldManager'), 'is required for apply patch'))
  }
  return [...errors, ...validateWriteOptions(options)]
}

const propagationPolicies = ['Foreground', 'Background', 'Orphan']

/** Checks the options of a delete (upstream: ValidateDeleteOptions). */
export function validateDeleteOptions(options: DeleteOptionsFields): FieldError[] {
  const { propagationPolicy: policy, orphanDependents, dryRun = [] } = options
  const path = fieldPath('propagationPolicy')
  const errors: FieldError[] = []
  if (policy !== undefined && orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(invalidField(path, policy, detail))
  }
  if (policy !== undefined && !propagationPolicies.includes(policy)) {
    errors.push(notSupportedField(path, policy, [...propagationPolicies, 'nil']))
  }
  return [...errors, ...validateDryRun(dryRun, fieldPath('dryRun'))]
}

/** At most 128 bytes, all printable. */
export function validateFieldManager(manager: string, path: FieldPath): FieldError[] {
  const errors =
    byteLength(manager) > maxFieldManagerBytes ? [tooLongField(path, maxFieldManagerBytes)] : []
  let position = 0
  for (const character of manager) {
    if (!isPrintable(character)) {
      const detail = `invalid character ${goUnicode(character)} (at position ${position})`
      errors.push(invalidField(path, manager, detail))
    }
    position += byteLength(character)
  }
  return errors
}

function validateDryRun(dryRun: readonly string[], path: FieldPath): FieldError[] {
  return dryRun.every((value) => value === 'All') ? [] : [notSupportedField(path, dryRun, ['All'])]
}

const fieldValidations = ['', 'Ignore', 'Strict', 'Warn']

function validateFieldValidation(value: string, path: FieldPath): FieldError[] {
  return fieldValidations.includes(value) ? [] : [notSupportedField(path, value, fieldValidations)]
}
