import {
  badRequest,
  type FieldError,
  invalid,
  validatePatchOptions,
  validateWriteOptions,
} from '#machinery'

/** The query parameters that create, update and patch share. */
export interface WriteOptions {
  readonly dryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: 'Ignore' | 'Strict' | 'Warn'
  /** Only of patches. */
  readonly force: boolean | undefined
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'

/** @throws StatusError 422 for values that there are not: `CreateOptions.meta.k8s.io "" is invalid: …`. */
export function writeOptionsOf(
  query: URLSearchParams,
  kind: OptionsKind,
  isApply = false,
): WriteOptions {
  const force = query.get('force')
  const given = {
    dryRun: query.getAll('dryRun').filter((value) => value !== ''),
    fieldManager: query.get('fieldManager') ?? '',
    fieldValidation: query.get('fieldValidation') ?? '',
    ...(force === null ? {} : { force: booleanOf(force) }),
  }
  refuseOptions(
    kind,
    kind === 'PatchOptions' ? validatePatchOptions(given, isApply) : validateWriteOptions(given),
  )
  return {
    dryRun: given.dryRun.length > 0,
    fieldManager: given.fieldManager,
    fieldValidation: (given.fieldValidation || 'Warn') as WriteOptions['fieldValidation'],
    force: given.force,
  }
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
