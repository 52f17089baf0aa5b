import { hasCondition, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject, validateLabelSelector } from '#machinery/selectors'
import {
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
  tooLongField,
  validateImmutable,
  validateNonNegative,
} from '#machinery/validation'
import { validatePodTemplate } from '../../../core/v1/pod/validation/pod.ts'
import type { Container, Job, JobSpec, PodSpec } from '../../../generated/types/index.ts'
import { change } from '../../../shared/change.ts'
import { ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { validateFailurePolicy, validateSuccessPolicy } from './validate-policies.ts'

const specPath = fieldPath('spec')

export function validateJob({ spec }: Job): FieldErrors {
  const given = spec ?? ({} as JobSpec)
  return [
    ...validateJobSpec(given, specPath),
    ...(given.selector
      ? validateLabelSelector(given.selector, specPath.child('selector'))
      : [requiredField(specPath.child('selector'))]),
    ...ensure(!given.selector || finds(given), () =>
      invalidField(
        specPath.child('template', 'metadata', 'labels'),
        given.template?.metadata?.labels ?? null,
        '`selector` does not match template `labels`',
      ),
    ),
  ]
}

/** What is done, and how it is counted, stays as it was begun. */
export function validateJobUpdate(job: Job, old: Stored<Job>): FieldErrors {
  const kept = (name: (typeof immutable)[number] | 'completions') =>
    validateImmutable(job.spec?.[name], old.spec?.[name], specPath.child(name))
  return [
    ...validateJob(job),
    ...(job.spec?.completionMode === 'Indexed' ? validateElastic(job, old) : kept('completions')),
    ...immutable.flatMap(kept),
    ...validateImmutable(
      job.spec?.template,
      isIdle(old) ? withChangesOf(job, old) : old.spec?.template,
      specPath.child('template'),
    ),
  ]
}

const immutable = [
  'selector',
  'completionMode',
  'podFailurePolicy',
  'successPolicy',
  'backoffLimitPerIndex',
  'managedBy',
] as const

/** As many indexes as run at once stay as many. */
function validateElastic(job: Job, old: Stored<Job>): FieldErrors {
  const { completions, parallelism } = job.spec ?? {}
  const isSame = completions === old.spec?.completions
  const isTandem = completions === parallelism && old.spec?.completions === old.spec?.parallelism
  return ensure(isSame || isTandem, () =>
    invalidField(
      specPath.child('completions'),
      completions,
      'can only be modified in tandem with spec.parallelism',
    ),
  )
}

/** Suspended, and nothing of it runs. */
function isIdle({ spec, status }: Stored<Job>): boolean {
  if (spec?.suspend !== true || (status?.active ?? 0) > 0) return false
  return status?.startTime === undefined || hasCondition(status.conditions, 'Suspended')
}

/** The old template with what may change of it: where pods may run, and what their containers get. */
function withChangesOf(job: Job, { spec: old }: Stored<Job>): JobSpec['template'] | undefined {
  const [before, after] = [old?.template, job.spec?.template]
  if (!before?.spec || !after?.spec) return before
  const { labels, annotations } = after.metadata ?? {}
  const { nodeSelector, tolerations, schedulingGates, containers, initContainers } = after.spec
  return change(before, {
    metadata: change(before.metadata ?? {}, { labels, annotations }),
    spec: change(before.spec, {
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: affinityOf(before.spec.affinity, after.spec.affinity),
      containers: withResourcesOf(before.spec.containers, containers) ?? [],
      initContainers: withResourcesOf(before.spec.initContainers, initContainers),
    }),
  })
}

type Affinity = NonNullable<PodSpec['affinity']>

function affinityOf(before: Affinity | undefined, after: Affinity | undefined) {
  const { nodeAffinity: _, ...others } = before ?? {}
  const nodeAffinity = after?.nodeAffinity
  if (!after && Object.keys(others).length === 0) return undefined
  return { ...others, ...(nodeAffinity && { nodeAffinity }) }
}

function withResourcesOf(
  before: readonly Container[] | undefined,
  after: readonly Container[] | undefined,
): readonly Container[] | undefined {
  return before?.map((container, i) => change(container, { resources: after?.[i]?.resources }))
}

const numbers = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
  'ttlSecondsAfterFinished',
] as const

/** The part that templates of jobs have as well. */
export function validateJobSpec(spec: JobSpec, path: FieldPath): FieldErrors {
  const { template } = spec
  return [
    ...numbers.flatMap((name) => validateNonNegative(spec[name] ?? 0, path.child(name))),
    ...ensure(spec.maxFailedIndexes === undefined || spec.backoffLimitPerIndex !== undefined, () =>
      requiredField(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'),
    ),
    ...validateManager(spec.managedBy, path.child('managedBy')),
    ...validateMode(spec, path),
    ...(spec.podFailurePolicy ? validateFailurePolicy(spec, path.child('podFailurePolicy')) : []),
    ...(spec.successPolicy ? validateSuccessPolicy(spec, path.child('successPolicy')) : []),
    ...validateReplacement(spec, path.child('podReplacementPolicy')),
    ...validatePodTemplate(template ?? {}, path.child('template')),
    ...validateRestartPolicy(spec, path.child('template', 'spec', 'restartPolicy')),
  ]
}

const maxManagerLength = 63

/** A domain and a path (upstream: IsDomainPrefixedPath). */
function validateManager(manager: string | undefined, path: FieldPath): FieldErrors {
  if (manager === undefined) return []
  const [, domain = '', rest = ''] = /^([^/]*)\/(.*)$/.exec(manager) ?? []
  return [
    ...ensure(domain !== '' && rest !== '', () =>
      invalidField(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")'),
    ),
    ...(domain === '' ? [] : invalidWith(path, domain, checkDns1123Subdomain(domain))),
    ...ensure(manager.length <= maxManagerLength, () => tooLongField(path, maxManagerLength)),
  ]
}

const perIndex = ['backoffLimitPerIndex', 'maxFailedIndexes'] as const

function validateMode(spec: JobSpec, path: FieldPath): FieldErrors {
  const { completionMode: mode, completions } = spec
  if (mode === undefined || mode === 'NonIndexed') {
    return perIndex.flatMap((name) =>
      ensure(spec[name] === undefined, () =>
        invalidField(path.child(name), spec[name], 'requires indexed completion mode'),
      ),
    )
  }
  if (mode !== 'Indexed') {
    return requireOneOf(mode, path.child('completionMode'), ['Indexed', 'NonIndexed'])
  }
  return completions === undefined
    ? [requiredField(path.child('completions'), 'when completion mode is Indexed')]
    : validateSize(spec, completions, path)
}

/** Statuses that list more indexes than these grow too large. */
const [maxIndexes, maxOfMany] = [100_000, 10_000]

function validateSize(spec: JobSpec, completions: number, path: FieldPath): FieldErrors {
  const { maxFailedIndexes, parallelism, backoffLimitPerIndex } = spec
  const atMost = (name: 'parallelism' | 'maxFailedIndexes', most: number, what: string) =>
    ensure((spec[name] ?? 0) <= most, () =>
      invalidField(path.child(name), spec[name], `must be less than or equal to ${what}`),
    )
  const small = [
    ...atMost('parallelism', maxIndexes, `${maxIndexes} when completion mode is Indexed`),
    ...atMost('maxFailedIndexes', completions, 'completions'),
    ...atMost('maxFailedIndexes', maxIndexes, `${maxIndexes}`),
  ]
  if (completions <= maxIndexes || backoffLimitPerIndex === undefined) return small
  const why = `when completions are above ${maxIndexes} and used with backoff limit per index`
  const needed = `must be specified when completions is above ${maxIndexes}`
  return [
    ...small,
    ...ensure(maxFailedIndexes !== undefined, () =>
      requiredField(path.child('maxFailedIndexes'), needed),
    ),
    ...(parallelism === undefined ? [] : atMost('parallelism', maxOfMany, `${maxOfMany} ${why}`)),
    ...atMost('maxFailedIndexes', maxOfMany, `${maxOfMany} ${why}`),
  ]
}

/** Where failures are judged, pods are replaced once they have failed. */
function validateReplacement(
  { podReplacementPolicy: policy, podFailurePolicy }: JobSpec,
  path: FieldPath,
): FieldErrors {
  if (policy === undefined) return []
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  return requireOneOf(policy, path, supported)
}

function validateRestartPolicy(
  { template, podFailurePolicy }: JobSpec,
  path: FieldPath,
): FieldErrors {
  const policy = template?.spec?.restartPolicy
  // Always is the default of pods, so that it mostly means that nothing was said.
  if (policy === 'Always') return [requiredField(path, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [notSupportedField(path, policy ?? '', ['OnFailure', 'Never'])]
  }
  const only = 'only "Never" is supported when podFailurePolicy is specified'
  return ensure(!podFailurePolicy || policy === 'Never', () => invalidField(path, policy, only))
}

function finds({ selector, template }: JobSpec): boolean {
  try {
    return matchesLabels(selectorFromObject(selector), template?.metadata?.labels)
  } catch {
    return true
  }
}
