import { badRequest, invalid } from '#machinery/status'
import {
  type FieldError,
  type WriteOptionsFields as GivenOptions,
  validatePatchOptions,
  validateWriteOptions,
} from '#machinery/validation'
import type { OperationOptions } from '../../admission/admission.ts'

/** The query parameters that create, update and patch share. */
export interface DecodedWriteOptions {
  readonly fieldValidation: 'Ignore' | 'Strict' | 'Warn'
  /** Only of patches. */
  readonly force: boolean | undefined
  /** As the client gave them, without what it left out. */
  readonly given: GivenOptions
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'

/** @throws StatusError 422 for values that there are not: `CreateOptions.meta.k8s.io "" is invalid: …`. */
export function writeOptionsOf(
  query: URLSearchParams,
  kind: OptionsKind,
  isApply = false,
): DecodedWriteOptions {
  const dryRun = query.getAll('dryRun').filter((value) => value !== '')
  const fieldManager = query.get('fieldManager') ?? ''
  const fieldValidation = query.get('fieldValidation') ?? ''
  const force = query.get('force')
  const given: GivenOptions = {
    ...(dryRun.length > 0 && { dryRun }),
    ...(fieldManager !== '' && { fieldManager }),
    ...(fieldValidation !== '' && { fieldValidation }),
  }
  const patch = { ...given, ...(force !== null && { force: booleanOf(force) }) }
  refuseOptions(
    kind,
    kind === 'PatchOptions' ? validatePatchOptions(patch, isApply) : validateWriteOptions(given),
  )
  return {
    fieldValidation: (fieldValidation || 'Warn') as DecodedWriteOptions['fieldValidation'],
    force: patch.force,
    given,
  }
}

/** No options at all, as of what the server writes itself. */
export const noWriteOptions: DecodedWriteOptions = {
  fieldValidation: 'Ignore',
  force: undefined,
  given: {},
}

/** The options as plugins see them: those of the operation that a request comes to. */
export function operationOptionsOf(
  { given }: DecodedWriteOptions,
  kind: 'CreateOptions' | 'UpdateOptions',
): OperationOptions {
  return { kind, apiVersion: 'meta.k8s.io/v1', ...given }
}

/** Refuses options of the meta group. */
export function refuseOptions(
  kind: OptionsKind | 'DeleteOptions',
  errors: readonly FieldError[],
): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors)
}

function booleanOf(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True', ''].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw badRequest(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
}
