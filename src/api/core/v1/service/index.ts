import { labelName } from '#machinery/validation'
import type { Service } from '../../../generated/types/index.ts'
import { change, changeMember } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { carryOver, mirrorAddresses } from './carry-over.ts'
import { serviceColumns } from './columns.ts'
import { defaultService } from './defaults.ts'
import { validateService, validateServiceUpdate } from './validation.ts'

/** Services give a set of pods one address and name. */
export const services = defineResource<Service>(
  { group: '', version: 'v1', kind: 'Service' },
  {
    columns: serviceColumns,
    selectableFields: {
      'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
      'spec.type': ({ spec }) => spec?.type ?? '',
    },
    // Since 1.36 a name may start with a digit.
    checkName: labelName,
    default: defaultService,
    prepareForCreate: (draft) =>
      withStatus(
        changeMember(draft, 'spec', (spec) => mirrorAddresses(spec)),
        { loadBalancer: {} },
      ),
    prepareForUpdate: (draft, old) => withoutBalancer(carryOver(keepStatus(draft, old), old)),
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    subresources: {
      status: statusPart(),
      proxy: { kind: 'connect', methods: ['GET', 'POST', 'PUT', 'DELETE'] },
    },
  },
)

/** A balancer that is not asked for any more is not shown, however long it takes to go. */
function withoutBalancer(service: Service): Service {
  const { spec, status } = service
  if (spec?.type === 'LoadBalancer' || !status?.loadBalancer?.ingress) return service
  return change(service, { status: change(status, { loadBalancer: {} }) })
}
