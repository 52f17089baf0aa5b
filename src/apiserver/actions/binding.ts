import { type Binding, type Pod, pods } from '#api'
import { formatTime, type KubeObject, type Stored } from '#machinery'
import { badRequest, conflict, successStatus } from '#machinery/status'
import type { Action, Actions } from './action.ts'

/** Binds a pod to a node (upstream: BindingREST). */
const bind: Action = async ({ namespace, name, body, writer, dryRun, nowMs }) => {
  const { target, metadata } = body as Binding
  if (!target?.name) throw badRequest('Binding.Target.Name: Required value')
  if (metadata?.name && metadata.name !== name) {
    throw badRequest('name in URL does not match name in Binding object')
  }
  const change = (pod: Stored<Pod>) => bound(pod, target.name ?? '', metadata?.annotations, nowMs)
  if (!dryRun) await writer.modify(pods, { namespace, name }, change)
  return { object: successStatus() as unknown as KubeObject, status: 201 }
}

/** The actions that bind a pod to a node: the subresource, and the older resource of its own. */
export const bindingActions: Actions = { 'pods/binding': bind, bindings: bind }

function bound(
  pod: Stored<Pod>,
  node: string,
  annotations: Readonly<Record<string, string>> | undefined,
  nowMs: number,
): Pod {
  const { name, deletionTimestamp } = pod.metadata
  if (deletionTimestamp)
    throw conflict(pods, name, `pod ${name} is being deleted, cannot be assigned to a host`)
  if (pod.spec?.nodeName) {
    throw conflict(pods, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`)
  }
  if ((pod.spec?.schedulingGates ?? []).length > 0) {
    throw conflict(pods, name, `pod ${name} has non-empty .spec.schedulingGates`)
  }
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled')
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: formatTime(nowMs) }
  // Where it was to go does not matter any more (upstream: ClearingNominatedNodeNameAfterBinding).
  const { nominatedNodeName: _, ...status } = pod.status ?? {}
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(annotations ? { annotations: { ...pod.metadata.annotations, ...annotations } } : {}),
    },
    spec: { ...pod.spec, nodeName: node } as NonNullable<Pod['spec']>,
    status: { ...status, conditions: [...others, scheduled] },
  }
}
