import { type Pod, pods, type TokenRequest, type Volume } from '#api'
import { andThen, type MaybePromise, messageOf } from '#lib'
import { goQuote, type Stored } from '#machinery'
import { notFound } from '#machinery/status'
import type { Authorizer } from '../../../authz/authorizer.ts'
import type { ObjectReader } from '../../../cache/object-reader.ts'
import type { AdmissionAttributes, AdmissionContext } from '../../admission.ts'
import { refuse } from '../../attributes.ts'
import { driverAsksFor } from './csi-drivers.ts'

/**
 * Refuses a token that a node asks for, unless it is bound to a pod on that node and for an audience that
 * the pod's volumes name (upstream: `admitServiceAccount`, ServiceAccountNodeAudienceRestriction).
 */
export function checkNodeToken(
  attributes: AdmissionAttributes,
  node: string,
  parts: AdmissionContext & { readonly authorizer: Authorizer },
): MaybePromise<void> {
  const { object, namespace } = attributes
  const { spec } = object as TokenRequest
  const { apiVersion, kind, name = '', uid = '' } = spec?.boundObjectRef ?? {}
  if (apiVersion !== 'v1' || kind !== 'Pod' || name === '') {
    throw refuse(attributes, 'node requested token not bound to a pod')
  }
  if (uid === '') {
    throw refuse(attributes, 'node requested token with a pod binding without a uid')
  }
  const pod = parts.objects.get(pods, { namespace, name })
  if (!pod) throw notFound(pods, name)
  if (pod.metadata.uid !== uid) {
    const what = `the UID in the bound object reference (${uid}) does not match the UID in record`
    throw refuse(attributes, `${what}. The object might have been deleted and then recreated`)
  }
  if (pod.spec?.nodeName !== node) {
    throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node')
  }
  return checkAudience(attributes, pod, spec?.audiences ?? [], parts)
}

function checkAudience(
  attributes: AdmissionAttributes,
  pod: Stored<Pod>,
  audiences: readonly string[],
  { objects, authorizer, signal }: AdmissionContext & { readonly authorizer: Authorizer },
): MaybePromise<void> {
  if (audiences.length > 1) throw refuse(attributes, 'node may only request 0 or 1 audiences')
  const [audience = ''] = audiences
  if (podNames(audience, attributes, pod, objects)) return
  const { user, namespace, name } = attributes
  const asked = {
    kind: 'resource',
    user,
    verb: 'request-serviceaccounts-token-audience',
    group: '',
    version: 'v1',
    resource: audience,
    subresource: '',
    namespace,
    name,
  } as const
  return andThen(authorizer.authorize(asked, signal), ({ kind }) => {
    if (kind === 'allow') return
    throw refuse(
      attributes,
      `audience ${goQuote(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`,
    )
  })
}

/** Whether a volume of the pod is for the audience. @throws StatusError where that cannot be told. */
function podNames(
  audience: string,
  attributes: AdmissionAttributes,
  pod: Stored<Pod>,
  objects: ObjectReader,
): boolean {
  const errors: string[] = []
  for (const volume of pod.spec?.volumes ?? []) {
    if (isProjected(volume, audience)) return true
    try {
      if (driverAsksFor(audience, objects, pod, volume)) return true
    } catch (error) {
      errors.push(messageOf(error))
    }
  }
  if (errors.length === 0) return false
  const [only = ''] = errors
  const text = errors.length === 1 ? only : `[${errors.join(', ')}]`
  throw refuse(attributes, `error validating audience ${goQuote(audience)}: ${text}`)
}

function isProjected({ projected }: Volume, audience: string): boolean {
  return (projected?.sources ?? []).some(
    ({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience,
  )
}
