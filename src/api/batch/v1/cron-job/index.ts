import {
  ageOf,
  type FieldErrors,
  fieldPath,
  formatLabelSelector,
  invalidField,
  requiredField,
  validateNonNegative,
} from '#machinery'
import { defaultPodTemplate } from '../../../core/v1/pod/defaults.ts'
import { templateWarnings } from '../../../core/v1/pod/warnings.ts'
import type { CronJob, CronJobSpec } from '../../../generated/types/index.ts'
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
import { validateJobSpec } from '../job/validation.ts'
import { scheduleError } from './schedule.ts'

const specPath = fieldPath('spec')
/** Eleven characters fewer than a label has: jobs are named after the cron job and the time. */
const maxNameLength = 52

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
        changeMember(job, 'template', (pod) => defaultPodTemplate(pod)),
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
    ...validateJobSpec(
      spec.jobTemplate?.spec ?? ({} as never),
      specPath.child('jobTemplate', 'spec'),
    ),
    ...ensure(name.length <= maxNameLength, () =>
      invalidField(
        fieldPath('metadata', 'name'),
        name,
        `must be no more than ${maxNameLength} characters`,
      ),
    ),
  ]
}

function validateSchedule({ schedule, timeZone }: CronJobSpec): FieldErrors {
  const path = specPath.child('schedule')
  if (!schedule) return [requiredField(path)]
  const error = scheduleError(schedule)
  const zone = specPath.child('timeZone')
  return [
    ...ensure(!error, () => invalidField(path, schedule, error ?? '')),
    ...ensure(!/TZ=/.test(schedule), () =>
      invalidField(
        path,
        schedule,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ),
    ),
    ...ensure(timeZone === undefined || isZone(timeZone), () =>
      invalidField(
        zone,
        timeZone,
        timeZone ? `unknown time zone ${timeZone}` : 'timeZone must be nil or non-empty string',
      ),
    ),
  ]
}

function isZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
