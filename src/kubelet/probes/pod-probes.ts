import type { Pod } from '#api'
import type { Stored } from '#machinery'
import {
  type AnyContainer,
  containersOf,
  initContainersOf,
  isRestartable,
} from '../model/containers.ts'
import type { ProbeVerdicts } from '../status/generate.ts'
import { createProbeWorker, type ProbeWorker, type ProbeWorkerOptions } from './probe-worker.ts'
import type { ProbeResults, ProbeType } from './results.ts'

/** What probes found that the plan has to act on. */
export interface ProbeFailures {
  /** Whether this instance failed its liveness or startup probe. */
  failure(containerId: string): 'liveness' | 'startup' | undefined
  /** Whether a sidecar counts as started, so that what comes after may start. */
  isStarted(container: AnyContainer, containerId: string): boolean
}

/** The probes of one pod. */
export interface PodProbes {
  /** Starts workers for probes that have none yet. */
  ensure(pod: Stored<Pod>): void
  /** Liveness and startup say nothing any more of a pod that is going away. */
  stopAllButReadiness(): void
  stop(): void
  /** Asks for a container's readiness at once. */
  triggerReadiness(container: string): void
}

type Shared = Omit<ProbeWorkerOptions, 'type' | 'probe' | 'container'>

export function createPodProbes(shared: Shared, signal: AbortSignal): PodProbes {
  const running = new Map<
    string,
    { readonly worker: ProbeWorker; readonly stop: AbortController }
  >()
  const start = (container: AnyContainer, type: ProbeType) => {
    const probe =
      `${type}Probe` in container ? container[`${type}Probe` as keyof AnyContainer] : undefined
    const key = `${type}/${container.name}`
    if (!probe || running.has(key)) return
    const stop = new AbortController()
    const worker = createProbeWorker({ ...shared, type, probe: probe as never, container })
    running.set(key, { worker, stop })
    const both = AbortSignal.any([signal, stop.signal])
    void worker.run(both).catch((error) => {
      if (!both.aborted) throw error
    })
  }
  const stopWhere = (which: (key: string) => boolean) => {
    for (const [key, { stop }] of running) {
      if (!which(key)) continue
      stop.abort()
      running.delete(key)
    }
  }
  return {
    ensure(pod) {
      const probed = [...initContainersOf(pod).filter(isRestartable), ...containersOf(pod)]
      for (const container of probed) {
        for (const type of ['startup', 'readiness', 'liveness'] as const) start(container, type)
      }
    },
    stopAllButReadiness: () => stopWhere((key) => !key.startsWith('readiness/')),
    stop: () => stopWhere(() => true),
    triggerReadiness: (container) => running.get(`readiness/${container}`)?.worker.trigger(),
  }
}

/** What the results mean for the plan and for the status. */
export function verdictsOf(results: ProbeResults): ProbeVerdicts & ProbeFailures {
  const has = (container: AnyContainer, type: ProbeType) =>
    `${type}Probe` in container && container[`${type}Probe` as keyof AnyContainer] !== undefined
  const isStarted = (container: AnyContainer, id: string) =>
    !has(container, 'startup') || results.get('startup', id) === 'success'
  return {
    isStarted,
    isReady: (container, id) =>
      !has(container, 'readiness') || results.get('readiness', id) === 'success',
    failure(id) {
      if (results.get('liveness', id) === 'failure') return 'liveness'
      return results.get('startup', id) === 'failure' ? 'startup' : undefined
    },
  }
}
