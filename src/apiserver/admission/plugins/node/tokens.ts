import {
  csiDrivers,
  type Pod,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type TokenRequest,
  type Volume,
} from '#api'
import { goQuote, type Stored } from '#machinery'
import { notFound } from '#machinery/status'
import type { SyncAuthorizer } from '../../../authz/union.ts'
import type { ObjectReader } from '../../../cache/object-reader.ts'
import type { AdmissionAttributes, AdmissionContext } from '../../admission.ts'
import { refuse } from '../../attributes.ts'

/**
 * Refuses a token that a node asks for, unless it is bound to a pod on that node and for an audience that
 * the pod's volumes name (upstream: `admitServiceAccount`, ServiceAccountNodeAudienceRestriction).
 */
export function checkNodeToken(
  attributes: AdmissionAttributes,
  node: string,
  parts: AdmissionContext & { readonly authorizer: SyncAuthorizer },
): void {
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
  checkAudience(attributes, pod, spec?.audiences ?? [], parts)
}

function checkAudience(
  attributes: AdmissionAttributes,
  pod: Stored<Pod>,
  audiences: readonly string[],
  { objects, authorizer }: AdmissionContext & { readonly authorizer: SyncAuthorizer },
): void {
  if (audiences.length > 1) throw refuse(attributes, 'node may only request 0 or 1 audiences')
  const [audience = ''] = audiences
  if ((pod.spec?.volumes ?? []).some((volume) => hasAudience(objects, pod, volume, audience)))
    return
  const { user, namespace, name } = attributes
  const decision = authorizer.authorize({
    kind: 'resource',
    user,
    verb: 'request-serviceaccounts-token-audience',
    group: '',
    version: 'v1',
    resource: audience,
    subresource: '',
    namespace,
    name,
  })
  if (decision.kind === 'allow') return
  throw refuse(
    attributes,
    `audience ${goQuote(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`,
  )
}

function hasAudience(
  objects: ObjectReader,
  pod: Stored<Pod>,
  volume: Volume,
  audience: string,
): boolean {
  const projected = volume.projected?.sources ?? []
  const named = projected.some(
    ({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience,
  )
  if (named) return true
  const driver = driverOf(objects, pod, volume)
  const requests = driver && objects.get(csiDrivers, { name: driver })?.spec.tokenRequests
  return (requests || []).some((request) => request.audience === audience)
}

/** The CSI driver that serves a volume, by its claim where it has one. */
function driverOf(
  objects: ObjectReader,
  { metadata: { name: podName, namespace } }: Stored<Pod>,
  { name, csi, ephemeral, persistentVolumeClaim }: Volume,
): string | undefined {
  if (csi) return csi.driver
  const claimName = ephemeral ? `${podName}-${name}` : persistentVolumeClaim?.claimName
  if (claimName === undefined || namespace === undefined) return undefined
  const claim = objects.get(persistentVolumeClaims, { namespace, name: claimName })
  const { volumeName } = claim?.spec ?? {}
  return volumeName
    ? objects.get(persistentVolumes, { name: volumeName })?.spec?.csi?.driver
    : undefined
}
