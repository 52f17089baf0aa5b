import { type HostPort, hostPortsOf, type Pod } from '#api'
import { keyOf, type Labels, type Stored } from '#machinery'
import {
  type AffinityTerm,
  compileTerms,
  compileWeightedTerms,
  type WeightedTerm,
} from './affinity-term.ts'
import {
  podResources,
  podScoringRequest,
  type Resources,
  type ScoringRequest,
} from './resources.ts'

/** A pod with what the scheduler asks of it again and again, computed once per revision. */
export interface PodInfo {
  readonly pod: Stored<Pod>
  readonly key: string
  readonly uid: string
  readonly namespace: string
  readonly labels: Labels
  readonly priority: number
  readonly request: Resources
  readonly scoringRequest: ScoringRequest
  readonly hostPorts: readonly HostPort[]
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
  readonly preferredAffinity: readonly WeightedTerm[]
  readonly preferredAntiAffinity: readonly WeightedTerm[]
}

const noLabels: Labels = Object.freeze({})

export function podInfoOf(pod: Stored<Pod>): PodInfo {
  const { metadata, spec } = pod
  const namespace = metadata.namespace ?? ''
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return {
    pod,
    key: keyOf(pod),
    uid: metadata.uid,
    namespace,
    labels: metadata.labels ?? noLabels,
    priority: spec?.priority ?? 0,
    request: podResources(pod),
    scoringRequest: podScoringRequest(pod),
    hostPorts: hostPortsOf(pod),
    affinity: compileTerms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace),
    antiAffinity: compileTerms(
      podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
      namespace,
    ),
    preferredAffinity: compileWeightedTerms(
      podAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
      namespace,
    ),
    preferredAntiAffinity: compileWeightedTerms(
      podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
      namespace,
    ),
  }
}

/** Whether the pod says anything about other pods. */
export function hasAffinity(info: PodInfo): boolean {
  return (
    info.affinity.length > 0 ||
    info.antiAffinity.length > 0 ||
    info.preferredAffinity.length > 0 ||
    info.preferredAntiAffinity.length > 0
  )
}

export function isTerminating({ pod }: PodInfo): boolean {
  return pod.metadata.deletionTimestamp !== undefined
}
