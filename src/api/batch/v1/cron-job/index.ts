import { ageOf } from '#machinery'
import { formatLabelSelector } from '#machinery/selectors'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
  validateNonNegative,
} from '#machinery/validation'
import { defaultPodTemplate } from '../../../core/v1/pod/defaults.ts'
import { templateWarnings } from '../../../core/v1/pod/warnings.ts'
import type { CronJob, CronJobSpec, JobSpec } from '../../../generated/types/index.ts'
import { change, changeMember, fill, fillAbsent } from '../../../shared/change.ts'
import { ensure, requireKnown } from '../../../shared/checks.ts'
import {
  ageColumn,
  containerColumns,
  integer,
  nameColumn,
  none,
  text,
  unset,
  wide,
} from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultFailurePolicy } from '../job/default-failure-policy.ts'
import { validateJobSpec } from '../job/validation.ts'
import { isTimeZone, scheduleError } from './schedule.ts'

const specPath = fieldPath('spec')
/** Eleven characters fewer than a label has: jobs are named after the cron job and the time. */
const maxNameLength = 52

/** CronJobs make Jobs by a schedule. */
export const cronJobs = defineResource<CronJob>(
  { group: 'batch', version: 'v1', kind: 'CronJob' },
  {
    columns: [
      nameColumn,
      text('Schedule', ({ spec }) => spec.schedule),
      text('Timezone', ({ spec }) => spec.timeZone ?? none),
      {
        name: 'Suspend',
        type: 'boolean',
        value: ({ spec }) => (spec.suspend === undefined ? unset : spec.suspend ? 'True' : 'False'),
      },
      integer('Active', ({ status }) => status?.active?.length),
      text('Last Schedule', ({ status }, nowMs) =>
        status?.lastScheduleTime ? ageOf(status.lastScheduleTime, nowMs) : none,
      ),
      ageColumn,
      ...wide<CronJob>(
        ...containerColumns<CronJob>(({ spec }) => spec.jobTemplate.spec?.template),
        text('Selector', ({ spec }) => formatLabelSelector(spec.jobTemplate.spec?.selector)),
      ),
    ],
    tracksGeneration: true,
    default: defaultCronJob,
    prepareForCreate: (draft) => withStatus(draft, {}),
    prepareForUpdate: keepStatus,
    validate,
    warnings: ({ spec }) =>
      templateWarnings(
        spec?.jobTemplate?.spec?.template,
        fieldPath('spec', 'jobTemplate', 'spec', 'template'),
      ),
    subresources: { status: statusPart() },
  },
)

function defaultCronJob(cronJob: CronJob): CronJob {
  const spec = fillAbsent(
    fill(cronJob.spec ?? ({} as CronJobSpec), { concurrencyPolicy: 'Allow' }),
    { suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
  )
  return change(cronJob, {
    spec: changeMember(spec, 'jobTemplate', (template) =>
      changeMember(template, 'spec', (job) =>
        changeMember(
          changeMember(job, 'template', (pod) => defaultPodTemplate(pod)),
          'podFailurePolicy',
          defaultFailurePolicy,
        ),
      ),
    ),
  })
}

function validate({ metadata, spec }: CronJob): FieldErrors {
  const name = metadata?.name ?? ''
  const numbers = [
    'startingDeadlineSeconds',
    'successfulJobsHistoryLimit',
    'failedJobsHistoryLimit',
  ] as const
  return [
    ...validateSchedule(spec),
    ...numbers.flatMap((field) => validateNonNegative(spec[field] ?? 0, specPath.child(field))),
    ...requireKnown(spec.concurrencyPolicy, specPath.child('concurrencyPolicy'), [
      'Allow',
      'Forbid',
      'Replace',
    ]),
    ...validateJobTemplate(spec.jobTemplate?.spec),
    ...ensure(name.length <= maxNameLength, () =>
      invalidField(
        fieldPath('metadata', 'name'),
        name,
        `must be no more than ${maxNameLength} characters`,
      ),
    ),
  ]
}

/** Which pods are a Job's is for the server to say. */
function validateJobTemplate(spec: JobSpec = {} as JobSpec): FieldErrors {
  const path = specPath.child('jobTemplate', 'spec')
  const { selector, manualSelector } = spec
  return [
    ...validateJobSpec(spec, path),
    ...ensure(!selector, () =>
      invalidField(path.child('selector'), selector, '`selector` will be auto-generated'),
    ),
    ...ensure(!manualSelector, () =>
      notSupportedField(path.child('manualSelector'), manualSelector, ['nil', 'false']),
    ),
  ]
}

function validateSchedule({ schedule, timeZone }: CronJobSpec): FieldErrors {
  const path = specPath.child('schedule')
  if (!schedule) return [requiredField(path)]
  const error = scheduleError(schedule)
  return [
    ...ensure(!error, () => invalidField(path, schedule, error ?? '')),
    ...ensure(!/TZ=/.test(schedule), () =>
      invalidField(
        path,
        schedule,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ),
    ),
    ...validateTimeZone(timeZone, specPath.child('timeZone')),
  ]
}

function validateTimeZone(name: string | undefined, path: FieldPath): FieldErrors {
  if (name === undefined || isTimeZone(name)) return []
  if (name === '') return [invalidField(path, name, 'timeZone must be nil or non-empty string')]
  const explicit =
    'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
  const isLocal = name.toLowerCase() === 'local'
  return [invalidField(path, name, isLocal ? explicit : `unknown time zone ${name}`)]
}
