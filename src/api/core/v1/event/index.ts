import { type FieldErrors, fieldPath, invalidField } from '#machinery/validation'
import type { Event } from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { eventColumns } from './columns.ts'

const hourSeconds = 3600

/** Events tell what happened to an object, and expire. */
export const events = defineResource<Event>(
  { group: '', version: 'v1', kind: 'Event' },
  {
    columns: eventColumns,
    default: showTimes,
    timeToLiveSeconds: hourSeconds,
    selectableFields: {
      'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
      'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
      'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
      'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
      'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
      'involvedObject.resourceVersion': ({ involvedObject }) =>
        involvedObject.resourceVersion ?? '',
      'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
      reason: ({ reason }) => reason ?? '',
      reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
      source: ({ source, reportingComponent }) => source?.component || reportingComponent || '',
      type: ({ type }) => type ?? '',
    },
    allowCreateOnUpdate: true,
    validate,
  },
)

/** Upstream shows times that are not set as null, and a source always: there are two ways to tell when and who. */
function showTimes(event: Event): Event {
  const { eventTime, firstTimestamp, lastTimestamp, source } = event
  if (
    eventTime !== undefined &&
    firstTimestamp !== undefined &&
    lastTimestamp !== undefined &&
    source
  )
    return event
  return { ...unset, ...event }
}

const none = null as unknown as string
const unset = { eventTime: none, firstTimestamp: none, lastTimestamp: none, source: {} }

/** An event stands in the namespace of what it is about; cluster-scoped things use `default`. */
function validate({ metadata, involvedObject }: Event): FieldErrors {
  const about = involvedObject?.namespace ?? ''
  const own = metadata?.namespace ?? ''
  const path = fieldPath('involvedObject', 'namespace')
  const isAllowed = about === '' ? own === 'default' || own === 'kube-system' : about === own
  return ensure(isAllowed, () => invalidField(path, about, 'does not match event.namespace'))
}
