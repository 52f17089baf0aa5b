import { hasCondition, humanDuration, parseTime, type Stored } from '#machinery'
import { formatLabelSelector } from '#machinery/selectors'
import { fieldPath } from '#machinery/validation'
import { defaultPodTemplate } from '../../../core/v1/pod/defaults.ts'
import { templateWarnings } from '../../../core/v1/pod/warnings.ts'
import type { Job, JobSpec } from '../../../generated/types/index.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { ageColumn, containerColumns, nameColumn, text, wide } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultFailurePolicy } from './default-failure-policy.ts'
import { validateJob, validateJobUpdate } from './validation.ts'

/** Jobs run pods until enough of them have succeeded. */
export const jobs = defineResource<Job>(
  { group: 'batch', version: 'v1', kind: 'Job' },
  {
    columns: [
      nameColumn,
      text('Status', statusText),
      text('Completions', completionsText),
      text('Duration', durationText),
      ageColumn,
      ...wide<Job>(
        ...containerColumns<Job>(({ spec }) => spec?.template),
        text('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
      ),
    ],
    selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
    tracksGeneration: true,
    defaultPropagation: 'orphan',
    default: defaultJob,
    prepareForCreate: (draft) => withStatus(withSelector(draft), {}),
    prepareForUpdate: keepStatus,
    validate: validateJob,
    validateUpdate: validateJobUpdate,
    warnings: ({ spec }) => templateWarnings(spec?.template, fieldPath('spec', 'template')),
    subresources: { status: statusPart() },
  },
)

const maxInt32 = 2 ** 31 - 1

function defaultJob(job: Job): Job {
  const spec = job.spec ?? ({} as JobSpec)
  const isSingle = spec.completions === undefined && spec.parallelism === undefined
  const filled = fillAbsent<JobSpec>(isSingle ? { ...spec, completions: 1 } : spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : maxInt32,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
    manualSelector: false,
  })
  const labels = spec.template?.metadata?.labels
  const isUnlabelled = Object.keys(job.metadata?.labels ?? {}).length === 0
  return change(job, {
    ...(labels && isUnlabelled && { metadata: { ...job.metadata, labels } }),
    spec: change(filled, {
      template: spec.template && defaultPodTemplate(spec.template),
      podFailurePolicy: spec.podFailurePolicy && defaultFailurePolicy(spec.podFailurePolicy),
    }),
  })
}

/** Labels that only the pods of this very job have, unless the author chose a selector. */
function withSelector(job: Job): Job {
  const { spec, metadata } = job
  if (!spec || spec.manualSelector) return job
  const [uid, name] = [metadata?.uid ?? '', metadata?.name ?? '']
  const labels = {
    ...spec.template?.metadata?.labels,
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  }
  const template = { ...spec.template, metadata: { ...spec.template?.metadata, labels } }
  const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } }
  return { ...job, spec: { ...spec, template, ...(!spec.selector && { selector }) } }
}

function statusText({ metadata, status }: Stored<Job>): string {
  const is = (type: string) => hasCondition(status?.conditions, type)
  if (is('Complete')) return 'Complete'
  if (is('Failed')) return 'Failed'
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  const other = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is)
  return other ?? 'Running'
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec?.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function durationText({ status }: Job, nowMs: number): string {
  const start = parseTime(status?.startTime ?? '')
  if (start === undefined) return ''
  return humanDuration((parseTime(status?.completionTime ?? '') ?? nowMs) - start)
}
