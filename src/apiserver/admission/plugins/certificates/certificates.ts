import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  kubernetesSigners,
  parseCertificateRequest,
} from '#api'
import { messageOf } from '#lib'
import { deepEqual, goQuote } from '#machinery'
import { mastersGroup } from '../../../authz/privileged.ts'
import type { SyncAuthorizer } from '../../../authz/union.ts'
import type { Admission, AdmissionAttributes } from '../../admission.ts'
import { isAbout, objectAs, refuse } from '../../attributes.ts'

/** Upstream's CertificateApproval: whoever decides on a request may approve those for its signer. */
export function certificateApproval(authorizer: SyncAuthorizer): Admission {
  return {
    name: 'CertificateApproval',
    handles: (attributes) =>
      attributes.verb === 'update' && isAbout(attributes, certificateSigningRequests, 'approval'),
    validate: (attributes) => requireSigner(attributes, 'approve', authorizer),
  }
}

/** Upstream's CertificateSigning: whoever gives a certificate, or fails to, may sign for the signer. */
export function certificateSigning(authorizer: SyncAuthorizer): Admission {
  return {
    name: 'CertificateSigning',
    handles: (attributes) =>
      attributes.verb === 'update' && isAbout(attributes, certificateSigningRequests, 'status'),
    validate(attributes) {
      const { status: now } = requestOf(attributes.object)
      const { status: before } = requestOf(attributes.old)
      const isSame =
        (now?.certificate ?? '') === (before?.certificate ?? '') &&
        deepEqual(now?.conditions ?? [], before?.conditions ?? [])
      if (!isSame) requireSigner(attributes, 'sign', authorizer)
    },
  }
}

/** Upstream's CertificateSubjectRestriction: nobody becomes one of those who may do all. */
export const certificateSubjectRestriction: Admission = {
  name: 'CertificateSubjectRestriction',
  handles: (attributes) =>
    attributes.verb === 'create' && isAbout(attributes, certificateSigningRequests),
  validate(attributes) {
    const { spec } = requestOf(attributes.object)
    if (spec.signerName !== kubernetesSigners.apiServerClient) return
    if (!organizationsOf(attributes, spec.request).includes(mastersGroup)) return
    const what = `${kubernetesSigners.apiServerClient} signer with ${mastersGroup} group`
    throw refuse(attributes, `use of ${what} is not allowed`)
  },
}

function organizationsOf(attributes: AdmissionAttributes, text: string): readonly string[] {
  try {
    return parseCertificateRequest(text).organizations
  } catch (error) {
    throw refuse(attributes, `failed to parse CSR: ${messageOf(error)}`)
  }
}

/** @throws StatusError 403 unless the user may do so for the signer, or for all of its domain. */
function requireSigner(
  attributes: AdmissionAttributes,
  verb: 'approve' | 'sign',
  authorizer: SyncAuthorizer,
): void {
  // Of the request as it was: who may change its signer is another question.
  const { signerName } = requestOf(attributes.old).spec
  const [domain] = signerName.split('/')
  const isAllowed = [signerName, `${domain}/*`].some(
    (name) =>
      authorizer.authorize({
        kind: 'resource',
        ...{ user: attributes.user, verb, name, namespace: '' },
        ...{ group: 'certificates.k8s.io', version: '*', resource: 'signers', subresource: '' },
      }).kind === 'allow',
  )
  if (isAllowed) return
  const what = `requests with signerName ${goQuote(signerName)}`
  throw refuse(attributes, `user not permitted to ${verb} ${what}`)
}

function requestOf(object: AdmissionAttributes['object']): CertificateSigningRequest {
  return objectAs<CertificateSigningRequest>(object ?? {})
}
