import type { Stored } from '#machinery'
import { fieldPath, validateImmutable } from '#machinery/validation'
import type { ResourceClaim } from '../../../generated/types/resource-v1.ts'
import { change, changeMember } from '../../../shared/change.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart } from '../../../shared/status.ts'
import { validateClaimSpec, withClaimDefaults } from './claim.ts'
import { validateClaimStatus, withoutDeallocated } from './status.ts'

/** ResourceClaims ask for devices; their status says which ones they got, and which pods use them. */
export const resourceClaims = defineResource<ResourceClaim>(
  { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceClaim' },
  {
    columns: [nameColumn, text('State', stateOf), ageColumn],
    default: (claim) => changeMember(claim, 'spec', withClaimDefaults),
    prepareForCreate: (draft) => change(draft, { status: {} }),
    prepareForUpdate: keepStatus,
    validate: ({ spec }) => validateClaimSpec(spec, fieldPath('spec')),
    validateUpdate: (next, old: Stored<ResourceClaim>) =>
      validateImmutable(next.spec, old.spec, fieldPath('spec')),
    subresources: {
      status: statusPart<ResourceClaim>({
        keeps: ['labels', 'annotations', 'finalizers', 'ownerReferences', 'deletionTimestamp'],
        prepare: (draft, old) =>
          changeMember(draft, 'status', (status) => withoutDeallocated(status, old.status)),
        validate: validateClaimStatus,
      }),
    },
  },
)

function stateOf({ metadata, status }: Stored<ResourceClaim>): string {
  const isDeleted = metadata.deletionTimestamp !== undefined
  const states = isDeleted ? ['deleted'] : []
  if (status?.allocation) {
    states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []))
  } else if (!isDeleted) states.push('pending')
  return states.join(',')
}
