import { nodes, type Pod, type Volume } from '#api'
import { goQuote } from '#machinery'
import { notFound } from '#machinery/status'
import { podRefersToAnyConfigMap, podRefersToAnySecret } from '../../../authz/node-references.ts'
import type { AdmissionAttributes, AdmissionContext } from '../../admission.ts'
import { refuse } from '../../attributes.ts'

const mirrorAnnotation = 'kubernetes.io/config.mirror'

/**
 * Refuses a pod that a node creates and that is no mirror of a static pod of its own: a kubelet may show
 * what it runs, and must not gain the sight of anything by doing so (upstream: `admitPodCreate`).
 */
export function checkMirrorPod(
  attributes: AdmissionAttributes,
  node: string,
  context: AdmissionContext,
): void {
  const pod = attributes.object as Pod
  const quoted = goQuote(node)
  if (pod.metadata?.annotations?.[mirrorAnnotation] === undefined) {
    throw refuse(
      attributes,
      `pod does not have ${goQuote(mirrorAnnotation)} annotation, node ${quoted} can only create mirror pods`,
    )
  }
  if (pod.spec?.nodeName !== node) {
    throw refuse(attributes, `node ${quoted} can only create pods with spec.nodeName set to itself`)
  }
  checkOwner(attributes, node, context)
  const referred = referredBy(pod)
  if (referred !== undefined) {
    throw refuse(attributes, `node ${quoted} can not create pods that reference ${referred}`)
  }
}

function checkOwner(
  attributes: AdmissionAttributes,
  node: string,
  { objects }: AdmissionContext,
): void {
  const [owner, ...others] = attributes.object?.metadata?.ownerReferences ?? []
  const only = (what: string) =>
    refuse(attributes, `node ${goQuote(node)} can only create pods with ${what} set to itself`)
  if (others.length > 0) throw only('a single owner reference')
  const isOwn = owner?.apiVersion === 'v1' && owner.kind === 'Node' && owner.name === node
  if (!isOwn) throw only('an owner reference')
  if (!owner.controller) throw only('a controller owner reference')
  if (owner.blockOwnerDeletion) {
    const text = `node ${goQuote(node)} must not set blockOwnerDeletion on an owner reference`
    throw refuse(attributes, text)
  }
  const found = objects.get(nodes, { name: node })
  if (!found) throw notFound(nodes, node)
  if (owner.uid === found.metadata.uid) return
  const expected = `expected ${owner.uid} got ${found.metadata.uid}`
  throw refuse(attributes, `node ${node} UID mismatch: ${expected}`)
}

/** What of the API a pod refers to, in upstream's words (`HasAPIObjectReference`). */
function referredBy(pod: Pod): string | undefined {
  const { serviceAccountName, resourceClaims = [], volumes = [] } = pod.spec ?? {}
  if (serviceAccountName) return 'serviceaccounts'
  if (podRefersToAnySecret(pod)) return 'secrets'
  if (podRefersToAnyConfigMap(pod)) return 'configmaps'
  if (resourceClaims.length > 0) return 'resourceclaims'
  return volumes.map(referredByVolume).find((referred) => referred !== undefined)
}

function referredByVolume(volume: Volume): string | undefined {
  if (volume.csi) return 'csidrivers (via CSI volumes)'
  if (volume.glusterfs) return 'endpoints (via glusterFS volumes)'
  if (volume.persistentVolumeClaim) return 'persistentvolumeclaims'
  if (volume.ephemeral) return 'persistentvolumeclaims (via ephemeral volumes)'
  if (volume.azureFile) return 'secrets (via azureFile volumes)'
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) return 'serviceaccounts (via projected volumes)'
    if (source.clusterTrustBundle) return 'clustertrustbundles'
    if (source.podCertificate) return 'podcertificates'
  }
  return undefined
}
