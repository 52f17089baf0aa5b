import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  kubernetesSigners,
  parseCertificateRequest,
} from '#api'
import { andThen, inTurn, type MaybePromise, messageOf } from '#lib'
import { deepEqual, goQuote } from '#machinery'
import type { Authorizer } from '../../../authz/authorizer.ts'
import { mastersGroup } from '../../../authz/privileged.ts'
import type { Admission, AdmissionAttributes } from '../../admission.ts'
import { isAbout, objectAs, refuse } from '../../attributes.ts'

/** Upstream's CertificateApproval: whoever decides on a request may approve those for its signer. */
export function certificateApproval(authorizer: Authorizer): Admission {
  return {
    name: 'CertificateApproval',
    handles: (attributes) =>
      attributes.verb === 'update' && isAbout(attributes, certificateSigningRequests, 'approval'),
    validate: (attributes, { signal }) =>
      requireSigner(attributes, 'approve', { authorizer, signal }),
  }
}

/** Upstream's CertificateSigning: whoever gives a certificate, or fails to, may sign for the signer. */
export function certificateSigning(authorizer: Authorizer): Admission {
  return {
    name: 'CertificateSigning',
    handles: (attributes) =>
      attributes.verb === 'update' && isAbout(attributes, certificateSigningRequests, 'status'),
    validate(attributes, { signal }) {
      const { status: now } = requestOf(attributes.object)
      const { status: before } = requestOf(attributes.old)
      const isSame =
        (now?.certificate ?? '') === (before?.certificate ?? '') &&
        deepEqual(now?.conditions ?? [], before?.conditions ?? [])
      return isSame ? undefined : requireSigner(attributes, 'sign', { authorizer, signal })
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
  { authorizer, signal }: { readonly authorizer: Authorizer; readonly signal: AbortSignal },
): MaybePromise<void> {
  // Of the request as it was: who may change its signer is another question.
  const { signerName } = requestOf(attributes.old).spec
  const [domain] = signerName.split('/')
  const mayFor = (name: string) =>
    andThen(
      authorizer.authorize(
        {
          kind: 'resource',
          ...{ user: attributes.user, verb, name, namespace: '' },
          ...{ group: 'certificates.k8s.io', version: '*', resource: 'signers', subresource: '' },
        },
        signal,
      ),
      ({ kind }) => kind === 'allow',
    )
  const isAllowed = inTurn(
    [signerName, `${domain}/*`],
    false,
    (known, name) => known || mayFor(name),
  )
  return andThen(isAllowed, (may) => {
    if (may) return
    const what = `requests with signerName ${goQuote(signerName)}`
    throw refuse(attributes, `user not permitted to ${verb} ${what}`)
  })
}

function requestOf(object: AdmissionAttributes['object']): CertificateSigningRequest {
  return objectAs<CertificateSigningRequest>(object ?? {})
}
