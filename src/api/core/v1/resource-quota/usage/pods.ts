import { deepEqual, type KubeObject } from '#machinery'
import type { Quantity } from '#machinery/quantity'
import type {
  ContainerStatus,
  Pod,
  PodAffinityTerm,
  ScopedResourceSelectorRequirement,
  WeightedPodAffinityTerm,
} from '../../../../generated/types/index.ts'
import { isExtendedResource } from '../../../../shared/resource-amounts.ts'
import { podQosClass } from '../../pod/model/qos.ts'
import {
  addAmounts,
  amountsOf,
  isPodLevelResource,
  podLimits,
  podRequests,
  type ResourceAmounts,
} from '../../pod/model/requests.ts'
import { countName, one } from './counts.ts'
import type { QuotaEvaluator } from './evaluator.ts'
import { selectsName } from './scopes.ts'

const resource = { group: '', plural: 'pods' }
const named = ['cpu', 'memory', 'ephemeral-storage'] as const
const podNames = new Set([
  countName(resource),
  'pods',
  ...named.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
])
const hugePages = 'hugepages-'
const deviceClass = 'deviceclass.resource.kubernetes.io/'

/** Where a quota bounds one of these, each container has to say what it wants. */
const demanded = new Set(
  ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
)

/** Counts pods that are not over, and what they ask for. */
export const podEvaluator: QuotaEvaluator = {
  resource,
  handles({ verb, subresource, object, old }) {
    if (subresource === 'resize') return verb === 'update'
    if (subresource !== '') return false
    if (verb !== 'update') return verb === 'create'
    return isBounded(asPod(object ?? {})) !== isBounded(asPod(old ?? {}))
  },
  matching: (names) => [...names].filter(isPodName),
  matchesScope: (scope, object) => matchesScope(scope, asPod(object)),
  missing: (names, object) => missingText(names, asPod(object)),
  usage(object, nowMs) {
    const pod = asPod(object)
    const stored: ResourceAmounts = new Map([[countName(resource), one]])
    if (isOver(pod, nowMs)) return stored
    const options = { useStatus: true }
    return addAmounts(stored, computeUsage(podRequests(pod, options), podLimits(pod, options)))
  },
  isRecounted(before, after, nowMs) {
    const [was, is] = [asPod(before), asPod(after)]
    if (isBounded(was) !== isBounded(is)) return true
    return (!isOver(was, nowMs) && isOver(is, nowMs)) || isResized(was, is)
  },
}

function isPodName(name: string): boolean {
  if (podNames.has(name) || name.startsWith(hugePages)) return true
  if (name.startsWith(`requests.${hugePages}`)) return true
  if (!name.startsWith('requests.')) return false
  const isForeign = name.includes('/') && !name.includes('kubernetes.io/')
  return isForeign || name.startsWith(`requests.${deviceClass}`)
}

/** What a quota counts of these requests and limits, under all names that it may have for it. */
function computeUsage(requests: ResourceAmounts, limits: ResourceAmounts): ResourceAmounts {
  const used = new Map<string, Quantity>([['pods', one]])
  for (const name of named) {
    const request = requests.get(name)
    const limit = limits.get(name)
    if (request) used.set(name, request).set(`requests.${name}`, request)
    if (limit) used.set(`limits.${name}`, limit)
  }
  for (const [name, request] of requests) {
    if (name.startsWith(hugePages)) used.set(name, request).set(`requests.${name}`, request)
    if (isExtendedResource(name) || name.startsWith(deviceClass)) {
      used.set(`requests.${name}`, request)
    }
  }
  return used
}

/** `must specify limits.cpu for: a,b; limits.memory for: a` */
function missingText(names: readonly string[], { spec }: Pod): string | undefined {
  const own = [spec?.resources?.requests, spec?.resources?.limits]
  if (own.some((list) => Object.keys(list ?? {}).some(isPodLevelResource))) return undefined
  const required = [...new Set(names)].filter((name) => demanded.has(name)).toSorted()
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(
    ({ name, resources }) => ({
      name,
      used: computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits)),
    }),
  )
  const texts = required.flatMap((name) => {
    const lacking = containers.filter(({ used }) => !used.has(name)).map((each) => each.name)
    return lacking.length === 0 ? [] : [`${name} for: ${lacking.toSorted().join(',')}`]
  })
  return texts.length === 0 ? undefined : `must specify ${texts.join('; ')}`
}

function matchesScope(scope: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return isBounded(pod)
    case 'NotTerminating':
      return !isBounded(pod)
    case 'BestEffort':
      return qosOf(pod) === 'BestEffort'
    case 'NotBestEffort':
      return qosOf(pod) !== 'BestEffort'
    case 'PriorityClass':
      return selectsName(scope, pod.spec?.priorityClassName || undefined)
    case 'CrossNamespacePodAffinity':
      return reachesNamespaces(pod)
    default:
      return false
  }
}

function qosOf(pod: Pod): string {
  return pod.status?.qosClass || podQosClass(pod)
}

/** Whether the pod has a time after which it ends; this is what the scope `Terminating` means. */
function isBounded({ spec }: Pod): boolean {
  return (spec?.activeDeadlineSeconds ?? -1) >= 0
}

/** Whether the pod has ended, or should have, by its grace period. */
function isOver({ metadata, status }: Pod, nowMs: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {}
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false
  return nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
}

function isResized({ status: was }: Pod, { status: is }: Pod): boolean {
  const differs = (
    before: readonly ContainerStatus[] = [],
    after: readonly ContainerStatus[] = [],
  ) =>
    before.some(({ name, resources }) => {
      const now = after.find((each) => each.name === name)
      return now !== undefined && !deepEqual(resources, now.resources)
    })
  return (
    differs(was?.containerStatuses, is?.containerStatuses) ||
    differs(was?.initContainerStatuses, is?.initContainerStatuses)
  )
}

/** Whether a term of the pod's affinity names namespaces. */
function reachesNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    return [...required, ...preferred.map(termOf)].some(
      ({ namespaces = [], namespaceSelector }) =>
        namespaces.length > 0 || namespaceSelector !== undefined,
    )
  })
}

function termOf({ podAffinityTerm }: WeightedPodAffinityTerm): PodAffinityTerm {
  return podAffinityTerm
}

function asPod(object: KubeObject): Pod {
  // Cast: the evaluator is asked about objects of its resource alone.
  return object as Pod
}
