export type ProbeType = 'liveness' | 'readiness' | 'startup'
export type ProbeResult = 'success' | 'failure' | 'unknown'

/** What probes last found, per container instance; told to the pod's worker when it changes. */
export interface ProbeResults {
  get(type: ProbeType, containerId: string): ProbeResult | undefined
  set(type: ProbeType, containerId: string, podUid: string, result: ProbeResult): void
  forget(containerId: string): void
}

export function createProbeResults(changed: (podUid: string, what: string) => void): ProbeResults {
  const results = new Map<string, ProbeResult>()
  return {
    get: (type, containerId) => results.get(`${type}/${containerId}`),
    set(type, containerId, podUid, result) {
      const key = `${type}/${containerId}`
      if (results.get(key) === result) return
      results.set(key, result)
      changed(podUid, `${type} probe: ${result}`)
    },
    forget(containerId) {
      for (const type of ['liveness', 'readiness', 'startup'])
        results.delete(`${type}/${containerId}`)
    },
  }
}
