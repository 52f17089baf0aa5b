import { ageOf, humanDuration, type Subresource } from '#machinery'
import { pathSegmentName, validateMetaOnUpdate } from '#machinery/validation'
import type { CertificateSigningRequest } from '../../../generated/types/certificates-v1.ts'
import { change } from '../../../shared/change.ts'
import { nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { statusPart, withStatus } from '../../../shared/status.ts'
import { withDecisionsOf, withTimes } from './conditions.ts'
import { validateRequest, validateRequestUpdate } from './validation.ts'

/** `/approval`: the conditions alone. */
const approval: Subresource<CertificateSigningRequest> = {
  kind: 'part',
  verbs: ['get', 'patch', 'update'],
  prepareForUpdate: (draft, old, { nowMs }) => {
    const conditions = withTimes(draft, old, nowMs).status?.conditions
    return change<CertificateSigningRequest>(old, {
      metadata: draft.metadata,
      status: change(old.status ?? {}, { conditions }),
    })
  },
  validateUpdate: (request, old) => [
    ...validateRequestUpdate(request, old, 'approval'),
    ...validateMetaOnUpdate(request, old),
  ],
}

/** CertificateSigningRequests ask an authority of the cluster for a certificate. */
export const certificateSigningRequests = defineResource<CertificateSigningRequest>(
  { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
  {
    columns: [
      nameColumn,
      text('Age', ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs)),
      text('SignerName', ({ spec }) => spec.signerName || none),
      text('Requestor', ({ spec }) => spec.username ?? ''),
      text('RequestedDuration', ({ spec }) =>
        spec.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000),
      ),
      text('Condition', conditionText),
    ],
    selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
    // Who asks is what the server knows, never what the request says.
    prepareForCreate: (draft, { user }) => {
      const { uid: _u, groups: _g, extra: _e, ...spec } = draft.spec
      const asker = {
        username: user.name,
        ...(user.uid && { uid: user.uid }),
        ...(user.groups.length > 0 && { groups: user.groups }),
        ...(user.extra && Object.keys(user.extra).length > 0 && { extra: user.extra }),
      }
      return withStatus({ ...draft, spec: { ...spec, ...asker } }, {})
    },
    prepareForUpdate: (draft, old) => change(draft, { spec: old.spec, status: old.status }),
    checkName: pathSegmentName,
    validate: (request) => validateRequest(request),
    validateUpdate: (request, old) => validateRequestUpdate(request, old, 'request'),
    subresources: {
      status: statusPart({
        prepare: (draft, old, { nowMs }) => withTimes(withDecisionsOf(draft, old), old, nowMs),
        validate: (request, old) => validateRequestUpdate(request, old, 'status'),
      }),
      approval,
    },
  },
)

function conditionText({ status }: CertificateSigningRequest): string {
  const types = (status?.conditions ?? []).map(({ type }) => type)
  const known = ['Approved', 'Denied', 'Failed'].filter((type) => types.includes(type))
  const issued = status?.certificate ? ['Issued'] : []
  return [...known, ...issued].join(',') || 'Pending'
}
