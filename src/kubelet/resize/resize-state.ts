import type { Pod, ResourceRequirements } from '#api'
import type { Stored } from '#machinery'
import {
  type GrantedResources,
  isGranted,
  reportedResources,
  resizeMessage,
  wantedResources,
  withGranted,
} from './granted-resources.ts'

/** Why a node does not give a pod what it asks for: not now, or never. */
export interface ResizeRefusal {
  readonly reason: 'Deferred' | 'Infeasible'
  readonly message: string
}

/** What the conditions of a pod say of its resize. */
export interface ResizeConditions {
  readonly pending?: ResizeRefusal
  readonly inProgress?: { readonly reason?: string; readonly message?: string }
}

/** An event that a resize gives rise to. */
export interface ResizeEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/**
 * What a pod was granted of what it asks for, and what of that is in force. A kubelet that starts anew finds it
 * again in the pod's status and in the runtime.
 */
export interface ResizeState {
  /**
   * The pod with what it is granted. What it asks for and does not have is granted if the node has room; the
   * events tell of what has changed.
   */
  grant(pod: Stored<Pod>, refusal: () => ResizeRefusal | undefined): Stored<Pod>
  /** The pod with what it was granted before, without a new look. */
  granted(pod: Stored<Pod>): Stored<Pod>
  /** Takes note whether all that was granted is in force. */
  progress(pod: Stored<Pod>, isInForce: boolean): void
  /** Takes note that the runtime did not do it. */
  failed(pod: Stored<Pod>, message: string): void
  /** What a container, by its id, was given last; undefined for one that nothing is known of. */
  actuated(id: string): ResourceRequirements | undefined
  actuate(id: string, resources: ResourceRequirements): void
  readonly conditions: ResizeConditions
}

export function createResizeState(
  record: (pod: Stored<Pod>, event: ResizeEvent) => void,
): ResizeState {
  const given = new Map<string, ResourceRequirements>()
  let granted: GrantedResources | undefined
  let pending: (ResizeRefusal & { readonly generation: number }) | undefined
  let inProgress: ResizeConditions['inProgress']
  let last: { readonly pod: Stored<Pod>; readonly shown: Stored<Pod> } | undefined
  const show = (pod: Stored<Pod>): Stored<Pod> => {
    if (!granted) return pod
    if (last?.pod !== pod) last = { pod, shown: withGranted(pod, granted) }
    return last.shown
  }
  const give = (pod: Stored<Pod>) => {
    granted = wantedResources(pod)
    pending = undefined
    last = undefined
  }
  return {
    grant(pod, refusal) {
      granted ??= isPending(pod) ? reportedResources(pod) : wantedResources(pod)
      if (isGranted(granted, pod)) {
        pending = undefined
        return show(pod)
      }
      const refused = refusal()
      if (!refused) {
        give(pod)
        inProgress = {}
        const message = resizeMessage('Pod resize started', pod)
        record(pod, { type: 'Normal', reason: 'ResizeStarted', message })
        return show(pod)
      }
      const generation = pod.metadata.generation ?? 0
      const isNews = pending?.reason !== refused.reason || pending.generation !== generation
      pending = { ...refused, generation }
      if (isNews) {
        const message = resizeMessage(`Pod resize ${refused.reason}`, pod, refused.message)
        record(pod, { type: 'Warning', reason: `Resize${refused.reason}`, message })
      }
      return show(pod)
    },
    granted: show,
    progress(pod, isInForce) {
      if (!isInForce) {
        inProgress ??= {}
        return
      }
      if (!inProgress) return
      inProgress = undefined
      const message = resizeMessage('Pod resize completed', show(pod))
      record(pod, { type: 'Normal', reason: 'ResizeCompleted', message })
    },
    failed(pod, message) {
      inProgress = { reason: 'Error', message }
      const said = resizeMessage('Pod resize error', show(pod), message)
      record(pod, { type: 'Warning', reason: 'ResizeError', message: said })
    },
    actuated: (id) => given.get(id),
    actuate: (id, resources) => void given.set(id, resources),
    get conditions() {
      return { ...(pending && { pending }), ...(inProgress && { inProgress }) }
    },
  }
}

function isPending({ status }: Pod): boolean {
  return status?.conditions?.some(({ type }) => type === 'PodResizePending') === true
}
