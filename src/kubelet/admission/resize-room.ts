import type { Node, Pod } from '#api'
import type { Stored } from '#machinery'
import type { ResizeRefusal } from '../resize/resize-state.ts'
import { predicateFailuresOf } from './predicates.ts'

/** What a node has, and the other pods that hold some of it. */
export interface Room {
  readonly allocatable: Readonly<Record<string, string>>
  readonly others: readonly Pod[]
}

/** Why a pod that is on a node cannot have what it asks for there; undefined when it can. */
export function resizeRefusal(pod: Pod, { allocatable, others }: Room): ResizeRefusal | undefined {
  const { status: _, ...wanted } = pod
  const name = pod.spec?.nodeName ?? ''
  // Cast: nothing else of a node is looked at.
  const node = { metadata: { name }, status: { allocatable } } as Stored<Node>
  const failures = predicateFailuresOf({ pod: wanted, node, others, isKnown: true })
  const lacking = failures.find((each) => each.kind === 'resource' && each.resource !== 'pods')
  if (lacking?.kind !== 'resource') return undefined
  const { resource, requested, used, capacity } = lacking
  if (requested > capacity) {
    const message = `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${capacity}`
    return { reason: 'Infeasible', message }
  }
  const message = `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`
  return { reason: 'Deferred', message }
}
