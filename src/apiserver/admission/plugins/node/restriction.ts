import { type Node, type Pod, pods, serviceAccounts, type Taint } from '#api'
import { deepEqual, goQuote } from '#machinery'
import { nodeNameOf } from '../../../authz/node-identity.ts'
import type { SyncAuthorizer } from '../../../authz/union.ts'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../../admission.ts'
import { isAbout, refuse } from '../../attributes.ts'
import { checkCertificateRequest } from './certificate-requests.ts'
import { forbiddenLabels, modifiedLabels } from './labels.ts'
import { checkMirrorPod } from './mirror-pods.ts'
import { checkNodeToken } from './tokens.ts'

type Check = (attributes: AdmissionAttributes, node: string, context: AdmissionContext) => void

/**
 * Upstream's NodeRestriction: a kubelet changes its own node, its lease, and pods bound to it. The
 * authorizer is asked about audiences of tokens that no volume of their pod names.
 */
export function nodeRestriction(authorizer: SyncAuthorizer): Admission {
  const checkToken: Check = (attributes, node, context) =>
    checkNodeToken(attributes, node, { ...context, authorizer })
  return {
    name: 'NodeRestriction',
    handles: (attributes) => nodeNameOf(attributes.user) !== undefined,
    validate(attributes, context) {
      const node = nodeNameOf(attributes.user)
      if (node === undefined) return
      const check = isAbout(attributes, serviceAccounts, 'token')
        ? checkToken
        : checkFor(attributes)
      check?.(attributes, node, context)
    },
  }
}

function checkFor({ resource, subresource }: AdmissionAttributes): Check | undefined {
  switch (`${resource.group}/${resource.plural}`) {
    case '/pods':
      return podCheck(subresource)
    case '/nodes':
      return checkNode
    case 'coordination.k8s.io/leases':
      return checkLease
    case 'storage.k8s.io/csinodes':
      return checkCsiNode
    case 'certificates.k8s.io/certificatesigningrequests':
      return checkCertificateRequest
    default:
      return undefined
  }
}

function podCheck(subresource: string): Check {
  switch (subresource) {
    case '':
      return checkPod
    case 'status':
      return checkPodStatus
    case 'eviction':
      return checkEviction
    default:
      return (attributes) => {
        const what = goQuote(subresource)
        throw refuse(
          attributes,
          `unexpected pod subresource ${what}, only 'status' and 'eviction' are allowed`,
        )
      }
  }
}

function checkPod(attributes: AdmissionAttributes, node: string, context: AdmissionContext): void {
  switch (attributes.verb) {
    case 'create':
      checkMirrorPod(attributes, node, context)
      return
    case 'delete': {
      const pod = (attributes.old ?? podOf(attributes, context)) as Pod | undefined
      if (!pod || pod.spec?.nodeName === node) return
      throw refuse(
        attributes,
        `node ${goQuote(node)} can only delete pods with spec.nodeName set to itself`,
      )
    }
    default:
      throw refuse(attributes, `unexpected operation ${goQuote(attributes.verb.toUpperCase())}`)
  }
}

function checkPodStatus(attributes: AdmissionAttributes, node: string): void {
  const old = attributes.old as Pod | undefined
  if (attributes.verb !== 'update') {
    throw refuse(attributes, `unexpected operation ${goQuote(attributes.verb.toUpperCase())}`)
  }
  if (old?.spec?.nodeName !== node) {
    throw refuse(
      attributes,
      `node ${goQuote(node)} can only update pod status for pods with spec.nodeName set to itself`,
    )
  }
  if (!deepEqual(old.metadata?.labels ?? {}, attributes.object?.metadata?.labels ?? {})) {
    throw refuse(attributes, `node ${goQuote(node)} cannot update labels through pod status`)
  }
}

function checkEviction(
  attributes: AdmissionAttributes,
  node: string,
  context: AdmissionContext,
): void {
  const pod = podOf(attributes, context)
  if (!pod || pod.spec?.nodeName === node) return
  throw refuse(
    attributes,
    `node ${goQuote(node)} can only evict pods with spec.nodeName set to itself`,
  )
}

function podOf({ namespace, name }: AdmissionAttributes, { objects }: AdmissionContext) {
  return objects.get(pods, { namespace, name })
}

function checkNode(attributes: AdmissionAttributes, node: string): void {
  const draft = attributes.object as Node | undefined
  const old = attributes.old as Node | undefined
  const quoted = goQuote(node)
  const name = attributes.name || draft?.metadata?.name || ''
  if (name !== node) {
    throw refuse(attributes, `node ${quoted} is not allowed to modify node ${goQuote(name)}`)
  }
  if (attributes.verb === 'create') {
    const labels = forbiddenLabels(Object.keys(draft?.metadata?.labels ?? {}))
    if (labels.length === 0) return
    throw refuse(
      attributes,
      `node ${quoted} is not allowed to set the following labels: ${labels.join(', ')}`,
    )
  }
  if (attributes.verb !== 'update' || !draft || !old) return
  if (!areSameTaints(draft.spec?.taints, old.spec?.taints)) {
    throw refuse(attributes, `node ${quoted} is not allowed to modify taints`)
  }
  if (!deepEqual(draft.metadata?.ownerReferences ?? [], old.metadata?.ownerReferences ?? [])) {
    throw refuse(attributes, `node ${quoted} is not allowed to modify ownerReferences`)
  }
  const labels = forbiddenLabels(modifiedLabels(draft.metadata?.labels, old.metadata?.labels))
  if (labels.length > 0) {
    throw refuse(attributes, `is not allowed to modify labels: ${labels.join(', ')}`)
  }
}

function areSameTaints(a: readonly Taint[] = [], b: readonly Taint[] = []): boolean {
  return deepEqual(a, b)
}

function checkLease(attributes: AdmissionAttributes, node: string): void {
  const { namespace } = attributes
  if (namespace !== 'kube-node-lease') {
    throw refuse(attributes, 'can only access leases in the "kube-node-lease" system namespace')
  }
  const name = attributes.name || attributes.object?.metadata?.name
  if (name === node) return
  throw refuse(attributes, 'can only access node lease with the same name as the requesting node')
}

function checkCsiNode(attributes: AdmissionAttributes, node: string): void {
  const name = attributes.name || attributes.object?.metadata?.name
  if (name === node) return
  throw refuse(attributes, 'can only access CSINode with the same name as the requesting node')
}
