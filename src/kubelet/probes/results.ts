export type ProbeType = 'liveness' | 'readiness' | 'startup'
export type ProbeResult = 'success' | 'failure' | 'unknown'

/** Which probe of which container instance. */
interface Probed {
  readonly type: ProbeType
  readonly containerId: string
  readonly podUid: string
}

/** What probes last found, per container instance; told to the pod's worker when it changes. */
export interface ProbeResults {
  get(type: ProbeType, containerId: string): ProbeResult | undefined
  /** `what` tells in words what made it so. */
  set(of: Probed, result: ProbeResult, what: string): void
  forget(containerId: string): void
}

export function createProbeResults(changed: (podUid: string, what: string) => void): ProbeResults {
  const results = new Map<string, ProbeResult>()
  return {
    get: (type, containerId) => results.get(`${type}/${containerId}`),
    set({ type, containerId, podUid }, result, what) {
      const key = `${type}/${containerId}`
      if (results.get(key) === result) return
      results.set(key, result)
      changed(podUid, what)
    },
    forget(containerId) {
      for (const type of ['liveness', 'readiness', 'startup'])
        results.delete(`${type}/${containerId}`)
    },
  }
}
