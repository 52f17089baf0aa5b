import { type Node, nodes, type Pod, type PodStatus } from '#api'
import { formatTime, type Stored } from '#machinery'
import type { Pressure } from '../eviction/eviction-manager.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { PodWorker } from '../workers/pod-worker.ts'
import { type Rejection, rejectionOf } from './admit.ts'
import { isOnlyAffinity, misfitsOf } from './misfits.ts'

/** Decides which of the pods that are bound to the node it takes. One decision at a time. */
export interface Gate {
  /** Undefined when the pod may come in; the caller starts it before it asks for another one. */
  judge(pod: Stored<Pod>, signal: AbortSignal): Promise<Rejection | undefined>
}

export interface GateParts {
  readonly world: KubeletWorld
  readonly workers: ReadonlyMap<string, PodWorker>
  /** The node's object as it was last seen. */
  readonly node: (signal: AbortSignal) => Promise<Stored<Node>>
  readonly pressure: () => Pressure
}

export function createGate({ world, workers, node, pressure }: GateParts): Gate {
  return {
    async judge(pod, signal) {
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
      if (isOnlyAffinity(misfitsOf(found))) {
        found = await candidate(await world.client.get(nodes, { name: world.config.nodeName }))
      }
      const { operatingSystem } = world.facts
      return rejectionOf({ ...found, operatingSystem, pressure: isKnown ? calm : pressure() })
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

/** What becomes of a pod that the node does not take (upstream: rejectPod). */
export function rejectedStatus({ status }: Pod, rejection: Rejection, nowMs: number): PodStatus {
  return {
    phase: 'Failed',
    reason: rejection.reason,
    message: `Pod was rejected: ${rejection.message}`,
    startTime: status?.startTime ?? formatTime(nowMs),
  }
}
