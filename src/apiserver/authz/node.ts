import {
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  resourceSlices,
  volumeAttachments,
} from '#api'
import { goQuote, type UserInfo } from '#machinery'
import { exactField } from '#machinery/selectors'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { AuthorizationAttributes, Decision, ResourceAttributes } from './authorizer.ts'
import { nodeRules } from './bootstrap/system-roles.ts'
import { isNode, nodeNameOf } from './node-identity.ts'
import { podRefersTo, type ReferredKind } from './node-references.ts'
import { ruleAllows } from './policy-rule.ts'
import type { SyncAuthorizer } from './union.ts'

type Check = (attributes: ResourceAttributes, node: string, objects: ObjectReader) => Decision

const allowed: Decision = Object.freeze({ kind: 'allow', reason: '' })
const readVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const changeVerbs: ReadonlySet<string> = new Set(['update', 'patch'])

/**
 * Upstream's Node authorizer with selectors: a kubelet may read what the pods bound to its node
 * refer to, write its own node and lease, and do to other resources what the role of nodes says.
 */
export function createNodeAuthorizer(objects: ObjectReader): SyncAuthorizer {
  return Object.freeze<SyncAuthorizer>({
    name: 'Node',
    authorize(attributes) {
      if (!isNode(attributes.user)) return unknown('')
      const node = nodeNameOf(attributes.user)
      if (node === undefined) {
        return unknown(`unknown node for user ${goQuote(attributes.user.name)}`)
      }
      const check = checkFor(attributes)
      if (check && attributes.kind === 'resource') return check(attributes, node, objects)
      return nodeRules.some((rule) => ruleAllows(rule, attributes)) ? allowed : unknown('')
    },
    rulesFor: (user) => rulesFor(user),
  })
}

function rulesFor(user: UserInfo) {
  const none = { resourceRules: [], nonResourceRules: [] }
  if (!isNode(user)) return { ...none, incomplete: false }
  const evaluationError = 'node authorizer does not support user rule resolution'
  return { ...none, incomplete: true, evaluationError }
}

/** What has a rule of its own, by group and resource. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['/secrets', (asked, node, objects) => readReferred('Secret', asked, { node, objects })],
  ['/configmaps', (asked, node, objects) => readReferred('ConfigMap', asked, { node, objects })],
  ['/persistentvolumeclaims', checkClaim],
  ['/persistentvolumes', checkVolume],
  ['/serviceaccounts', checkServiceAccount],
  ['/nodes', checkNode],
  ['/pods', checkPod],
  ['coordination.k8s.io/leases', checkLease],
  ['resource.k8s.io/resourceclaims', checkDeviceClaim],
  ['resource.k8s.io/resourceslices', checkResourceSlice],
  ['storage.k8s.io/csinodes', checkCsiNode],
  ['storage.k8s.io/volumeattachments', checkAttachment],
])

function checkFor(attributes: AuthorizationAttributes): Check | undefined {
  if (attributes.kind !== 'resource') return undefined
  return checks.get(`${attributes.group}/${attributes.resource}`)
}

interface Place {
  readonly node: string
  readonly objects: ObjectReader
}

function readReferred(kind: ReferredKind, asked: ResourceAttributes, place: Place): Decision {
  if (!readVerbs.has(asked.verb)) return unknown('can only read resources of this type')
  if (asked.subresource !== '') return unknown('cannot read subresource')
  if (asked.namespace === '') return unknown('can only read namespaced object of this type')
  return related(kind, asked, place)
}

function checkClaim(asked: ResourceAttributes, node: string, objects: ObjectReader): Decision {
  const place = { node, objects }
  if (asked.subresource !== 'status') return getOnly(asked, () => related('Claim', asked, place))
  if (!changeVerbs.has(asked.verb) && asked.verb !== 'get') {
    return unknown('can only get/update/patch this type')
  }
  return related('Claim', asked, place)
}

function checkDeviceClaim(
  asked: ResourceAttributes,
  node: string,
  objects: ObjectReader,
): Decision {
  return getOnly(asked, () => related('ResourceClaim', asked, { node, objects }))
}

/** A kubelet reads and changes the slices of its own node, which drivers publish through it. */
function checkResourceSlice(
  asked: ResourceAttributes,
  node: string,
  objects: ObjectReader,
): Decision {
  const { verb, subresource, name, fieldSelector = [] } = asked
  if (subresource !== '') return unknown('cannot authorize ResourceSlice subresources')
  switch (verb) {
    case 'create':
      return allowed
    case 'get':
    case 'update':
    case 'patch':
    case 'delete': {
      const slice = objects.get(resourceSlices, { name })
      return slice?.spec.nodeName === node ? allowed : noRelation(node)
    }
    case 'watch':
    case 'list':
    case 'deletecollection':
      if (exactField(fieldSelector, 'spec.nodeName') === node) return allowed
      return unknown(
        'can only list/watch/deletecollection resourceslices with nodeName field selector',
      )
    default:
      return unknown(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      )
  }
}

function checkVolume(asked: ResourceAttributes, node: string, objects: ObjectReader): Decision {
  return getOnly(asked, () => {
    const isUsed = podsOn(objects, node).some((pod) =>
      claimsOf(pod, objects).some(({ spec }) => spec?.volumeName === asked.name),
    )
    return isUsed ? allowed : noRelation(node)
  })
}

function checkAttachment(asked: ResourceAttributes, node: string, objects: ObjectReader): Decision {
  return getOnly(asked, () => {
    const attachment = objects.get(volumeAttachments, { name: asked.name })
    return attachment?.spec.nodeName === node ? allowed : noRelation(node)
  })
}

function checkServiceAccount(
  asked: ResourceAttributes,
  node: string,
  objects: ObjectReader,
): Decision {
  const isToken = asked.verb === 'create' && asked.subresource === 'token'
  const isRead = asked.verb === 'get' && asked.subresource === ''
  if (!isToken && !isRead) {
    return unknown('can only create tokens for individual service accounts')
  }
  return related('ServiceAccount', asked, { node, objects })
}

function checkNode({ verb, subresource, name }: ResourceAttributes, node: string): Decision {
  if (subresource === 'status') return changeVerbs.has(verb) ? allowed : unknown('')
  if (subresource !== '') return unknown('')
  // Which node it writes is looked at by admission (NodeRestriction), where create has a name too.
  if (verb === 'create' || changeVerbs.has(verb)) return allowed
  if (!readVerbs.has(verb)) return unknown('')
  if (name === node) return allowed
  return unknown(`node '${node}' cannot read '${name}', only its own Node object`)
}

function checkPod(asked: ResourceAttributes, node: string, objects: ObjectReader): Decision {
  const { verb, subresource, name, namespace } = asked
  if (subresource === 'status') return changeVerbs.has(verb) ? allowed : unknown('')
  if (subresource === 'eviction') return verb === 'create' ? allowed : unknown('')
  if (subresource !== '') return unknown('')
  switch (verb) {
    case 'create':
    case 'delete':
      return allowed
    case 'get': {
      const pod = objects.get(pods, { namespace, name })
      return pod?.spec?.nodeName === node ? allowed : noRelation(node)
    }
    case 'list':
    case 'watch':
      if (exactField(asked.fieldSelector ?? [], 'spec.nodeName') === node) return allowed
      return unknown('can only list/watch pods with spec.nodeName field selector')
    default:
      return unknown('')
  }
}

const nodeLeases = 'kube-node-lease'
const ownVerbs: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete'])

function checkLease({ verb, namespace, name }: ResourceAttributes, node: string): Decision {
  if (!ownVerbs.has(verb)) {
    return unknown('can only get, create, update, patch, or delete a node lease')
  }
  if (namespace !== nodeLeases) {
    return unknown(`can only access leases in the ${goQuote(nodeLeases)} system namespace`)
  }
  if (verb === 'create' || name === node) return allowed
  return unknown('can only access node lease with the same name as the requesting node')
}

function checkCsiNode({ verb, subresource, name }: ResourceAttributes, node: string): Decision {
  if (!ownVerbs.has(verb)) {
    return unknown('can only get, create, update, patch, or delete a CSINode')
  }
  if (subresource !== '') return unknown('cannot authorize CSINode subresources')
  if (verb === 'create' || name === node) return allowed
  return unknown('can only access CSINode with the same name as the requesting node')
}

function getOnly(asked: ResourceAttributes, decide: () => Decision): Decision {
  if (asked.verb !== 'get') return unknown('can only get individual resources of this type')
  if (asked.subresource !== '') return unknown('cannot get subresource')
  return decide()
}

function related(
  kind: ReferredKind,
  { namespace, name }: ResourceAttributes,
  { node, objects }: Place,
): Decision {
  if (name === '') return unknown('No Object name found')
  const isReferred = podsOn(objects, node).some(
    (pod) => pod.metadata.namespace === namespace && podRefersTo(pod, kind, name),
  )
  return isReferred ? allowed : noRelation(node)
}

function podsOn(objects: ObjectReader, node: string) {
  return objects.byField(pods, 'spec.nodeName', node)
}

function claimsOf(pod: Pod, objects: ObjectReader): readonly PersistentVolumeClaim[] {
  const namespace = pod.metadata?.namespace ?? ''
  return (pod.spec?.volumes ?? []).flatMap(({ name: volume, persistentVolumeClaim, ephemeral }) => {
    const name =
      persistentVolumeClaim?.claimName ?? (ephemeral && `${pod.metadata?.name}-${volume}`)
    const claim = name ? objects.get(persistentVolumeClaims, { namespace, name }) : undefined
    return claim ? [claim] : []
  })
}

function noRelation(node: string): Decision {
  return unknown(`no relationship found between node '${node}' and this object`)
}

function unknown(reason: string): Decision {
  return { kind: 'noOpinion', reason }
}
