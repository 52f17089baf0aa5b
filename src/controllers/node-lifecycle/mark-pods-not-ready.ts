import { type Node, type Pod, pods } from '#api'
import { messageOf } from '#lib'
import { formatTime, keyOf, type Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { ControllerContext } from '../runner/controller.ts'
import { readyCondition } from './health.ts'
import { podsByNode, type State } from './state.ts'
import { after } from './write-taints.ts'

/** When a node stops being ready, its pods are marked so, and nothing else about them changes. */
export async function markPodsNotReady(
  state: State,
  before: Stored<Node>,
  node: Stored<Node>,
  context: ControllerContext,
): Promise<void> {
  const { name } = node.metadata
  if (readyCondition(node)?.status === 'True') return void state.unmarked.delete(name)
  const justLost = readyCondition(before)?.status === 'True'
  if (justLost) {
    const message = `Node ${name} status is now: NodeNotReady`
    context.events.event(node, { type: 'Normal', reason: 'NodeNotReady', message })
  }
  if (!justLost && !state.unmarked.has(name)) return
  state.unmarked.delete(name)
  const because = { ...context, client: after(context.client, node) }
  for (const pod of state.pods.by(podsByNode, name)) {
    if (!(await markNotReady(pod, because))) state.unmarked.add(name)
  }
}

/** Sets Ready to False, keeping its reason and message as upstream does. False when it must be retried. */
async function markNotReady(pod: Stored<Pod>, context: ControllerContext): Promise<boolean> {
  const { client, clock, events, log } = context
  const conditions = pod.status?.conditions ?? []
  const ready = conditions.find(({ type }) => type === 'Ready')
  if (!ready || ready.status === 'False') return true
  const lost = { ...ready, status: 'False', lastTransitionTime: formatTime(clock.wallMs()) }
  const status = {
    ...pod.status,
    conditions: conditions.map((condition) => (condition === ready ? lost : condition)),
  }
  try {
    await client.update(pods, { ...pod, status }, { subresource: 'status' })
  } catch (error) {
    if (isNotFound(error)) return true
    log.warn('cannot mark a pod not ready', { pod: keyOf(pod), error: messageOf(error) })
    return false
  }
  events.event(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' })
  return true
}
