/** Rules of how a Job fails and succeeds (upstream: validatePodFailurePolicy, validateSuccessPolicy). */
import { derived } from '#lib'
import {
  checkQualifiedName,
  duplicateField,
  type FieldError,
  type FieldErrors,
  type FieldPath,
  invalidField,
  notSupportedField,
  requiredField,
  tooManyField,
  validateNonNegative,
} from '#machinery/validation'
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  PodSpec,
  SuccessPolicyRule,
} from '../../../generated/types/index.ts'
import { eachItem, ensure, invalidWith } from '../../../shared/checks.ts'

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const statuses = ['False', 'True', 'Unknown']
const maxRules = 20
const maxExitCodes = 255
const maxPatterns = 20
const maxIndexesLength = 64 * 1024

export function validateFailurePolicy(spec: JobSpec, path: FieldPath): FieldErrors {
  const { rules = [] } = spec.podFailurePolicy ?? {}
  const at = path.child('rules')
  return [
    ...ensure(rules.length <= maxRules, () => tooManyField(at, rules.length, maxRules)),
    ...eachItem(rules, at, (rule, rulePath) => validateFailureRule(spec, rule, rulePath)),
  ]
}

function validateFailureRule(
  spec: JobSpec,
  { action, onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  path: FieldPath,
): FieldErrors {
  const isLimited = action !== 'FailIndex' || spec.backoffLimitPerIndex !== undefined
  const hasConditions = onPodConditions.length > 0
  return [
    ...ensure(isLimited, () =>
      invalidField(path.child('action'), action, 'requires the backoffLimitPerIndex to be set'),
    ),
    ...oneOf(action, actions, path.child('action')),
    ...(onExitCodes ? validateExitCodes(spec, onExitCodes, path.child('onExitCodes')) : []),
    ...(hasConditions ? validatePatterns(onPodConditions, path.child('onPodConditions')) : []),
    ...ensure(!onExitCodes || !hasConditions, () =>
      wholly(path, 'specifying both OnExitCodes and OnPodConditions is not supported'),
    ),
    ...ensure(onExitCodes !== undefined || hasConditions, () =>
      wholly(path, 'specifying one of OnExitCodes and OnPodConditions is required'),
    ),
  ]
}

/** An error that does not repeat the value. */
function wholly(path: FieldPath, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field: `${path}`, detail }
}

function oneOf(
  value: string | undefined,
  supported: readonly string[],
  path: FieldPath,
): FieldErrors {
  const listed = supported.map((each) => `"${each}"`).join(' ')
  if (!value) return [requiredField(path, `valid values: [${listed}]`)]
  return ensure(supported.includes(value), () => notSupportedField(path, value, supported))
}

const noSpec: Pick<PodSpec, 'containers' | 'initContainers'> = { containers: [] }

const containerNames = derived(
  ({ containers, initContainers = [] }: Pick<PodSpec, 'containers' | 'initContainers'>) =>
    new Set([...containers, ...initContainers].map(({ name }) => name)),
)

function validateExitCodes(
  { template }: JobSpec,
  { operator, values = [], containerName }: PodFailurePolicyOnExitCodesRequirement,
  path: FieldPath,
): FieldErrors {
  const isKnown = containerNames(template?.spec ?? noSpec).has(containerName ?? '')
  const at = path.child('values')
  const firsts = new Map(values.map((value, i) => [value, i] as const).toReversed())
  const isOrdered = values.every((value, i) => i === 0 || (values[i - 1] ?? value) <= value)
  return [
    ...oneOf(operator, operators, path.child('operator')),
    ...ensure(containerName === undefined || isKnown, () =>
      invalidField(
        path.child('containerName'),
        containerName,
        'must be one of the container or initContainer names in the pod template',
      ),
    ),
    ...ensure(values.length > 0, () => invalidField(at, values, 'at least one value is required')),
    ...ensure(values.length <= maxExitCodes, () => tooManyField(at, values.length, maxExitCodes)),
    ...eachItem(values, at, (value, valuePath, i) => [
      ...ensure(operator !== 'In' || value !== 0, () =>
        invalidField(valuePath, value, 'must not be 0 for the In operator'),
      ),
      ...ensure(firsts.get(value) === i, () => duplicateField(valuePath, value)),
    ]),
    ...ensure(isOrdered, () => invalidField(at, values, 'must be ordered')),
  ]
}

function validatePatterns(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  path: FieldPath,
): FieldErrors {
  return [
    ...ensure(patterns.length <= maxPatterns, () =>
      tooManyField(path, patterns.length, maxPatterns),
    ),
    ...eachItem(patterns, path, ({ type, status }, at) => [
      ...invalidWith(at.child('type'), type, checkQualifiedName(type)),
      ...oneOf(status, statuses, at.child('status')),
    ]),
  ]
}

export function validateSuccessPolicy(spec: JobSpec, path: FieldPath): FieldErrors {
  const { successPolicy, completions = 0 } = spec
  if (spec.completionMode !== 'Indexed') {
    return [invalidField(path, successPolicy, 'requires indexed completion mode')]
  }
  const { rules = [] } = successPolicy ?? {}
  const at = path.child('rules')
  const needed = 'at least one rules must be specified when the successPolicy is specified'
  return [
    ...ensure(rules.length > 0, () => requiredField(at, needed)),
    ...ensure(rules.length <= maxRules, () => tooManyField(at, rules.length, maxRules)),
    ...eachItem(rules, at, (rule, rulePath) => validateSuccessRule(rule, completions, rulePath)),
  ]
}

function validateSuccessRule(
  { succeededIndexes, succeededCount }: SuccessPolicyRule,
  completions: number,
  path: FieldPath,
): FieldErrors {
  const needed = 'at least one of succeededCount or succeededIndexes must be specified'
  const isSaid = succeededIndexes !== undefined || succeededCount !== undefined
  const read =
    succeededIndexes === undefined ? undefined : readIndexes(succeededIndexes, completions)
  const at = path.child('succeededIndexes')
  return [
    ...ensure(isSaid, () => requiredField(path, needed)),
    ...ensure((succeededIndexes?.length ?? 0) <= maxIndexesLength, () => ({
      type: 'FieldValueTooLong',
      field: `${at}`,
      detail: `may not be more than ${maxIndexesLength} bytes`,
    })),
    ...ensure(read?.error === undefined, () =>
      invalidField(at, succeededIndexes, `error parsing succeededIndexes: ${read?.error}`),
    ),
    ...validateCount(succeededCount, completions, { read, path: path.child('succeededCount') }),
  ]
}

function validateCount(
  count: number | undefined,
  completions: number,
  { read, path }: { readonly read: Indexes | undefined; readonly path: FieldPath },
): FieldErrors {
  if (count === undefined) return []
  const atMost = (most: number, what: string) =>
    ensure(count <= most, () =>
      invalidField(path, count, `must be less than or equal to ${most} (the number of ${what})`),
    )
  return [
    ...validateNonNegative(count, path),
    ...atMost(completions, 'specified completions'),
    ...(read ? atMost(read.total, 'indexes in the specified succeededIndexes field') : []),
  ]
}

interface Indexes {
  readonly total: number
  readonly error?: string
}

/** How many indexes `1,3-5` are, or what is wrong with it (upstream: validateIndexesFormat). */
function readIndexes(text: string, completions: number): Indexes {
  let [total, previous] = [0, -1]
  for (const part of text === '' ? [] : text.split(',')) {
    const ends = part.split('-')
    const error = intervalError(part, ends, { completions, previous })
    if (error) return { total: 0, error }
    previous = Number(ends.at(-1))
    total += previous - Number(ends[0]) + 1
  }
  return { total }
}

function intervalError(
  part: string,
  ends: readonly string[],
  { completions, previous }: { readonly completions: number; readonly previous: number },
): string | undefined {
  if (ends.length > 2) {
    return `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`
  }
  let before = previous
  for (const end of ends) {
    const value = JSON.stringify(end)
    if (!/^\d+$/.test(end)) return `cannot convert string to integer for index: ${value}`
    const index = Number(end)
    if (index >= completions) return `too large index: ${value}`
    if (index <= before) return `non-increasing order, previous: ${before}, current: ${index}`
    before = index
  }
  return undefined
}
