import { type Node, nodes, type Pod, type PodStatus } from '#api'
import { formatTime, type Stored } from '#machinery'
import type { Pressure } from '../eviction/eviction-manager.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { PodWorker } from '../workers/pod-worker.ts'
import { type AdmissionFailure, admissionFailureOf } from './admission-failure.ts'
import { isOnlyAffinity, predicateFailuresOf } from './predicates.ts'

/** The admit handler decides which of the pods that are bound to the node it takes, one at a time (upstream: PodAdmitHandler). */
export interface PodAdmitHandler {
  /** Gives why the node rejects the pod; undefined when it is admitted, and the caller starts it before it asks for another one. */
  admit(pod: Stored<Pod>, signal: AbortSignal): Promise<AdmissionFailure | undefined>
}

/** What an admit handler looks at. */
export interface AdmitHandlerParts {
  readonly world: KubeletWorld
  readonly workers: ReadonlyMap<string, PodWorker>
  /** The node's object as it was last seen. */
  readonly node: (signal: AbortSignal) => Promise<Stored<Node>>
  readonly pressure: () => Pressure
}

/** Makes the admit handler of a node. */
export function createAdmitHandler({
  world,
  workers,
  node,
  pressure,
}: AdmitHandlerParts): PodAdmitHandler {
  return {
    async admit(pod, signal) {
      if (isLeaving(pod)) return undefined
      const isKnown = pod.status?.startTime !== undefined
      const candidate = async (of: Stored<Node>) => ({
        pod,
        node: of,
        isKnown,
        others: [...workers.values()].filter(({ isActive }) => isActive).map((each) => each.pod),
      })
      let found = await candidate(await node(signal))
      // Labels may have been put on the node a moment ago.
      if (isOnlyAffinity(predicateFailuresOf(found))) {
        found = await candidate(await world.client.get(nodes, { name: world.config.nodeName }))
      }
      const { operatingSystem } = world.facts
      return admissionFailureOf({
        ...found,
        operatingSystem,
        pressure: isKnown ? calm : pressure(),
      })
    },
  }
}

/** A pod that is here already is for eviction to judge. */
const calm: Pressure = { memory: false, disk: false, pid: false }

/** Nothing is asked of a pod that has ended, or that is to end. */
function isLeaving({ metadata, status }: Stored<Pod>): boolean {
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return isOver || metadata.deletionTimestamp !== undefined
}

/** Gives the status of a pod that the node does not admit (upstream: rejectPod). */
export function rejectedStatus(
  { status }: Pod,
  rejection: AdmissionFailure,
  nowMs: number,
): PodStatus {
  return {
    phase: 'Failed',
    reason: rejection.reason,
    message: `Pod was rejected: ${rejection.message}`,
    startTime: status?.startTime ?? formatTime(nowMs),
  }
}
