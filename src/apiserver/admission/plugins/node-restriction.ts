import { type Node, type Pod, pods, serviceAccounts, type Taint } from '#api'
import { deepEqual, goQuote } from '#machinery'
import { nodeNameOf } from '../../authz/node-identity.ts'
import { podRefersToAnyConfigMap, podRefersToAnySecret } from '../../authz/node-references.ts'
import type { Admission, AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { isAbout, refuse } from '../attributes.ts'
import { forbiddenLabels, modifiedLabels } from './node-labels.ts'

type Check = (attributes: AdmissionAttributes, node: string, context: AdmissionContext) => void

const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** Upstream's NodeRestriction: a kubelet changes its own node, its lease, and pods bound to it. */
export const nodeRestriction: Admission = {
  name: 'NodeRestriction',
  handles: (attributes) => nodeNameOf(attributes.user) !== undefined,
  validate(attributes, context) {
    const node = nodeNameOf(attributes.user)
    if (node !== undefined) checkFor(attributes)?.(attributes, node, context)
  },
}

function checkFor(attributes: AdmissionAttributes): Check | undefined {
  const { resource, subresource } = attributes
  switch (`${resource.group}/${resource.plural}`) {
    case '/pods':
      return podCheck(subresource)
    case '/nodes':
      return checkNode
    case '/serviceaccounts':
      return isAbout(attributes, serviceAccounts, 'token') ? checkToken : undefined
    case 'coordination.k8s.io/leases':
      return checkLease
    case 'storage.k8s.io/csinodes':
      return checkCsiNode
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
      checkMirror(attributes, node)
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

/** A kubelet may show its static pods, and must not gain the sight of anything by doing so. */
function checkMirror(attributes: AdmissionAttributes, node: string): void {
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
  const cannot = (what: string) =>
    refuse(attributes, `node ${quoted} can not create pods that reference ${what}`)
  if (pod.spec.serviceAccountName) throw cannot('a service account')
  if (podRefersToAnySecret(pod)) throw cannot('secrets')
  if (podRefersToAnyConfigMap(pod)) throw cannot('configmaps')
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.persistentVolumeClaim) throw cannot('persistentvolumeclaims')
    if (volume.projected?.sources?.some((source) => source.serviceAccountToken)) {
      throw cannot('service account tokens')
    }
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
  const labels = forbiddenLabels(modifiedLabels(draft.metadata?.labels, old.metadata?.labels))
  if (labels.length > 0) {
    throw refuse(attributes, `node ${quoted} is not allowed to modify labels: ${labels.join(', ')}`)
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

function checkToken(
  attributes: AdmissionAttributes,
  node: string,
  { objects }: AdmissionContext,
): void {
  const { object, namespace } = attributes
  const { spec } = object as { spec?: { boundObjectRef?: Readonly<Record<string, string>> } }
  const { apiVersion, kind, name = '', uid = '' } = spec?.boundObjectRef ?? {}
  if (apiVersion !== 'v1' || kind !== 'Pod' || name === '') {
    throw refuse(attributes, 'node requested token not bound to a pod')
  }
  if (uid === '') {
    throw refuse(attributes, 'node requested token with a pod binding without a uid')
  }
  const pod = objects.get(pods, { namespace, name })
  if (!pod) throw refuse(attributes, `pod ${goQuote(name)} not found`)
  if (pod.metadata.uid !== uid) {
    const what = `the UID in the bound object reference (${uid}) does not match the UID in record`
    throw refuse(attributes, `${what}. The object might have been deleted and then recreated`)
  }
  if (pod.spec?.nodeName !== node) {
    throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node')
  }
}
