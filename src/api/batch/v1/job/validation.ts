import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  matchesLabels,
  notSupportedField,
  requiredField,
  type Stored,
  selectorFromObject,
  validateImmutable,
  validateLabelSelector,
  validateNonNegative,
} from '#machinery'
import { validatePodTemplate } from '../../../core/v1/pod/validation.ts'
import type { Job, JobSpec } from '../../../generated/types/index.ts'
import { ensure, requireKnown, requireOneOf } from '../../../shared/checks.ts'

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
  const immutable = ['selector', 'completionMode', 'podFailurePolicy', 'successPolicy'] as const
  const isIndexed = job.spec?.completionMode === 'Indexed'
  const isIdle = old.spec?.suspend === true && old.status?.startTime === undefined
  return [
    ...validateJob(job),
    ...(isIndexed
      ? []
      : validateImmutable(
          job.spec?.completions,
          old.spec?.completions,
          specPath.child('completions'),
        )),
    ...immutable.flatMap((name) =>
      validateImmutable(job.spec?.[name], old.spec?.[name], specPath.child(name)),
    ),
    ...(isIdle
      ? []
      : validateImmutable(job.spec?.template, old.spec?.template, specPath.child('template'))),
  ]
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
  const { completionMode, podReplacementPolicy, template } = spec
  return [
    ...numbers.flatMap((name) => validateNonNegative(spec[name] ?? 0, path.child(name))),
    ...(completionMode === undefined
      ? []
      : requireOneOf(completionMode, path.child('completionMode'), ['Indexed', 'NonIndexed'])),
    ...ensure(completionMode !== 'Indexed' || spec.completions !== undefined, () =>
      requiredField(path.child('completions'), 'when completion mode is Indexed'),
    ),
    ...(podReplacementPolicy === undefined
      ? []
      : requireKnown(podReplacementPolicy, path.child('podReplacementPolicy'), [
          'Failed',
          'TerminatingOrFailed',
        ])),
    ...validatePodTemplate(template ?? {}, path.child('template')),
    ...validateRestartPolicy(
      template?.spec?.restartPolicy,
      path.child('template', 'spec', 'restartPolicy'),
    ),
  ]
}

function validateRestartPolicy(policy: string | undefined, path: FieldPath): FieldErrors {
  // Always is the default of pods, so that it mostly means that nothing was said.
  if (policy === 'Always') return [requiredField(path, 'valid values: "OnFailure", "Never"')]
  return ensure(policy === 'OnFailure' || policy === 'Never', () =>
    notSupportedField(path, policy ?? '', ['OnFailure', 'Never']),
  )
}

function finds({ selector, template }: JobSpec): boolean {
  try {
    return matchesLabels(selectorFromObject(selector), template?.metadata?.labels)
  } catch {
    return true
  }
}
