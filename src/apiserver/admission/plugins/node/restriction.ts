import { type Pod, pods, serviceAccounts } from '#api'
import { andThen, type MaybePromise } from '#lib'
import { goQuote, type KubeObject } from '#machinery'
import { notFound } from '#machinery/status'
import type { Authorizer } from '../../../authz/authorizer.ts'
import { isNode, nodeNameOf } from '../../../authz/node-identity.ts'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../../admission.ts'
import { isAbout, objectAs, refuse } from '../../attributes.ts'
import { checkCertificateRequest } from './certificate-requests.ts'
import { checkMirrorPod } from './mirror-pods.ts'
import { checkNode } from './nodes.ts'
import { checkClaim, checkPodStatus } from './statuses.ts'
import { checkNodeToken } from './tokens.ts'

type Check = (
  attributes: AdmissionAttributes,
  node: string,
  context: AdmissionContext,
) => MaybePromise<void>

/**
 * Upstream's NodeRestriction: a kubelet changes its own node, its lease, and pods bound to it. The
 * authorizer is asked about audiences of tokens that no volume of their pod names.
 */
export function nodeRestriction(authorizer: Authorizer): Admission {
  const checkToken: Check = (attributes, node, context) =>
    checkNodeToken(attributes, node, { ...context, authorizer })
  const check = (attributes: AdmissionAttributes, context: AdmissionContext) => {
    const node = nodeNameOf(attributes.user)
    if (node === undefined) {
      const user = goQuote(attributes.user.name)
      throw refuse(attributes, `could not determine node from user ${user}`)
    }
    const isToken = attributes.verb === 'create' && isAbout(attributes, serviceAccounts, 'token')
    const wanted = isToken ? checkToken : checkFor(attributes)
    return wanted?.(attributes, node, context)
  }
  return {
    name: 'NodeRestriction',
    handles: ({ user, verb }) => verb !== 'connect' && isNode(user),
    // Before the object is looked at in any other way, as upstream does.
    mutate: (attributes, context) => andThen(check(attributes, context), () => attributes.object),
    validate: (attributes, context) =>
      attributes.verb === 'delete' ? check(attributes, context) : undefined,
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
    case '/persistentvolumeclaims':
      return checkClaim
    case 'storage.k8s.io/csinodes':
      return checkCsiNode
    case 'resource.k8s.io/resourceslices':
      return checkResourceSlice
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
      if (podOf(attributes, context).spec?.nodeName === node) return
      throw refuse(
        attributes,
        `node ${goQuote(node)} can only delete pods with spec.nodeName set to itself`,
      )
    }
    default:
      throw refuse(
        attributes,
        `unexpected operation ${goQuote(attributes.verb.toUpperCase())}, node ${goQuote(node)} can only create and delete mirror pods`,
      )
  }
}

function checkEviction(
  attributes: AdmissionAttributes,
  node: string,
  context: AdmissionContext,
): void {
  if (attributes.verb !== 'create') {
    throw refuse(attributes, `unexpected operation ${attributes.verb.toUpperCase()}`)
  }
  if (podOf(attributes, context).spec?.nodeName === node) return
  throw refuse(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`)
}

/** @throws StatusError 404 */
function podOf({ namespace, name }: AdmissionAttributes, { objects }: AdmissionContext): Pod {
  const pod = objects.get(pods, { namespace, name })
  if (!pod) throw notFound(pods, name)
  return pod
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

/** The slices of a node's devices; this server may not serve them. */
function checkResourceSlice(attributes: AdmissionAttributes, node: string): void {
  const { verb, object, old } = attributes
  if (verb !== 'create' && verb !== 'delete') return
  const { spec } = objectAs<WithNodeName>((verb === 'create' ? object : old) ?? {})
  if (spec?.nodeName === node) return
  throw refuse(
    attributes,
    `can only ${verb} ResourceSlice with the same NodeName as the requesting node`,
  )
}

interface WithNodeName extends KubeObject {
  readonly spec?: { readonly nodeName?: string }
}
