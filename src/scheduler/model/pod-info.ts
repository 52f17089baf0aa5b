import { type ContainerStatus, type HostPort, hostPortsOf, type Pod } from '#api'
import { keyOf, type Stored } from '#machinery'
import type { Labels } from '#machinery/selectors'
import {
  type AffinityTerm,
  compileTerms,
  compileWeightedTerms,
  type WeightedTerm,
} from './affinity-term.ts'
import { podRequest, podScoringRequest, type Resources, type ScoringRequest } from './resources.ts'

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

/** `before` is what was known of an earlier revision of the same pod. */
export function podInfoOf(pod: Stored<Pod>, before?: PodInfo): PodInfo {
  const { metadata, spec } = pod
  if (before && asksTheSame(before.pod, pod)) {
    return { ...before, pod, labels: metadata.labels ?? noLabels }
  }
  const namespace = metadata.namespace ?? ''
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return {
    pod,
    key: keyOf(pod),
    uid: metadata.uid,
    namespace,
    labels: metadata.labels ?? noLabels,
    priority: spec?.priority ?? 0,
    request: podRequest(pod),
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

/** Revisions share what a write has left as it was; most writes are of a status. */
function asksTheSame(before: Pod, after: Pod): boolean {
  if (before.spec !== after.spec) return false
  const [was, is] = [before.status, after.status]
  return (
    grantsTheSame(was?.containerStatuses, is?.containerStatuses) &&
    grantsTheSame(was?.initContainerStatuses, is?.initContainerStatuses)
  )
}

function grantsTheSame(
  before: readonly ContainerStatus[] = [],
  after: readonly ContainerStatus[] = [],
): boolean {
  if (before.length !== after.length) return false
  return after.every(({ name, resources, allocatedResources }, i) => {
    const was = before[i]
    return (
      was?.name === name &&
      was.resources === resources &&
      was.allocatedResources === allocatedResources
    )
  })
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
