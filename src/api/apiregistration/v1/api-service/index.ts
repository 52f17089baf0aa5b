import { setCondition } from '#machinery'
import { fieldPath, notSupportedField } from '#machinery/validation'
import type { APIService } from '../../../generated/types/index.ts'
import { changeMember, fillAbsent } from '../../../shared/change.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { validateApiService } from './validation.ts'

const statuses = ['True', 'False', 'Unknown']

/** APIServices say who serves a version of a group: this server, or another one behind a Service. */
export const apiServices = defineResource<APIService>(
  { group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService' },
  {
    columns: [
      nameColumn,
      text('Service', ({ spec }) =>
        spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
      ),
      text('Available', availability),
      ageColumn,
    ],
    // The name is that of the group version, which validation compares.
    checkName: () => [],
    default: (object) =>
      changeMember(object, 'spec', (spec) =>
        changeMember(spec, 'service', (service) => fillAbsent(service, { port: 443 })),
      ),
    prepareForCreate: (draft, { nowMs }) =>
      withStatus(draft, draft.spec?.service ? {} : { conditions: localConditions(nowMs) }),
    prepareForUpdate: keepStatus,
    validate: validateApiService,
    subresources: {
      status: statusPart({
        keeps: ['labels', 'annotations', 'finalizers', 'ownerReferences'],
        validate: ({ status }) =>
          eachItem(status?.conditions, fieldPath('status', 'conditions'), (condition, path) =>
            ensure(statuses.includes(condition.status ?? ''), () =>
              notSupportedField(path.child('status'), condition.status, statuses),
            ),
          ),
      }),
    },
  },
)

function localConditions(nowMs: number) {
  const message = 'Local APIServices are always available'
  return setCondition([], { type: 'Available', status: 'True', reason: 'Local', message }, nowMs)
}

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available')
  const { status: is = 'Unknown', reason } = condition ?? {}
  return is === 'True' || !reason ? is : `${is} (${reason})`
}
