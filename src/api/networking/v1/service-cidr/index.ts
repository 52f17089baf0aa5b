import type { Stored } from '#machinery'
import {
  type FieldErrors,
  fieldPath,
  invalidField,
  requiredField,
  validateCidr,
} from '#machinery/validation'
import type { ServiceCIDR } from '../../../generated/types/index.ts'
import { eachItem, ensure } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'

const immutable = 'field is immutable'

/** ServiceCIDRs are the networks that cluster IPs are drawn from. */
export const serviceCidrs = defineResource<ServiceCIDR>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'ServiceCIDR' },
  {
    columns: [nameColumn, text('CIDRs', ({ spec }) => (spec?.cidrs ?? []).join(',')), ageColumn],
    prepareForCreate: (draft) => withStatus(draft, {}),
    prepareForUpdate: keepStatus,
    validate: ({ spec }) => validateSpec(spec?.cidrs ?? []),
    validateUpdate,
    subresources: { status: statusPart() },
  },
)

function validateSpec(cidrs: readonly string[]): FieldErrors {
  const path = fieldPath('spec', 'cidrs')
  if (cidrs.length === 0) return [requiredField(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalidField(path, { cidrs }, 'may only hold up to 2 values')]
  const [first = '', second] = cidrs
  return [
    ...eachItem(cidrs, path, (cidr, at) => validateCidr(cidr, at)),
    ...ensure(second === undefined || first.includes(':') !== second.includes(':'), () =>
      invalidField(
        path,
        cidrs,
        'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ),
    ),
  ]
}

/** Only a second family may be added. */
function validateUpdate(next: ServiceCIDR, old: Stored<ServiceCIDR>): FieldErrors {
  const path = fieldPath('spec', 'cidrs')
  const [now, before] = [next.spec?.cidrs ?? [], old.spec?.cidrs ?? []]
  const isAdded = before.length === 1 && now.length === 2
  if (now.length !== before.length && !isAdded) return [invalidField(path, now, immutable)]
  return [
    ...before.flatMap((cidr, i) =>
      ensure(cidr === now[i], () => invalidField(path.index(i), now[i], immutable)),
    ),
    ...(isAdded ? validateSpec(now) : []),
  ]
}
