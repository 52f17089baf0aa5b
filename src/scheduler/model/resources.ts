import type { Container, Pod } from '#api'
import { podRequests, type ResourceAmounts } from '#api'
import { quantityMilliValue, quantityValue } from '#machinery/quantity'

/** Amounts in the units the scheduler compares: thousandths of a CPU, bytes, whole devices. */
export interface Resources {
  readonly milliCpu: number
  readonly memory: number
  readonly ephemeralStorage: number
  /** Extended resources, huge pages and the like by name. */
  readonly scalars: ReadonlyMap<string, number>
}

/** What counts for scoring: a container that asks for nothing is taken to need a little. */
export interface ScoringRequest {
  readonly milliCpu: number
  readonly memory: number
}

export const noResources: Resources = Object.freeze({
  milliCpu: 0,
  memory: 0,
  ephemeralStorage: 0,
  scalars: new Map<string, number>(),
})

/** Names in other units than the three above are counted only when they are scalar resources. */
export function resourcesFrom(amounts: ResourceAmounts): Resources {
  const scalars = new Map<string, number>()
  let [milliCpu, memory, ephemeralStorage] = [0, 0, 0]
  for (const [name, quantity] of amounts) {
    if (name === 'cpu') milliCpu = quantityMilliValue(quantity)
    else if (name === 'memory') memory = quantityValue(quantity)
    else if (name === 'ephemeral-storage') ephemeralStorage = quantityValue(quantity)
    else if (isScalar(name)) scalars.set(name, quantityValue(quantity))
  }
  return { milliCpu, memory, ephemeralStorage, scalars }
}

/** Upstream's `IsScalarResourceName`. */
function isScalar(name: string): boolean {
  return (
    name.includes('/') || name.startsWith('hugepages-') || name.startsWith('attachable-volumes-')
  )
}

/** `a + sign * b`. */
export function addResources(a: Resources, b: Resources, sign: 1 | -1): Resources {
  return {
    milliCpu: a.milliCpu + sign * b.milliCpu,
    memory: a.memory + sign * b.memory,
    ephemeralStorage: a.ephemeralStorage + sign * b.ephemeralStorage,
    scalars: addScalars(a.scalars, b.scalars, sign),
  }
}

function addScalars(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  sign: 1 | -1,
): ReadonlyMap<string, number> {
  if (b.size === 0) return a
  const sum = new Map(a)
  for (const [name, value] of b) sum.set(name, (sum.get(name) ?? 0) + sign * value)
  return sum
}

/** What a pod asks for, counting what the kubelet has granted while a resize is under way. */
export function podRequest(pod: Pod): Resources {
  return resourcesFrom(podRequests(pod, { useStatus: true }))
}

/** Upstream's `DefaultMilliCPURequest` and `DefaultMemoryRequest`. */
const assumedRequests = { cpu: '100m', memory: String(200 * 1024 * 1024) }

/** As `podRequest`, with 100m CPU and 200 MiB for each container that does not say. */
export function podScoringRequest(pod: Pod): ScoringRequest {
  if (!pod.spec) return { milliCpu: 0, memory: 0 }
  const { containers, initContainers } = pod.spec
  const assumed: Pod = {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.map(withAssumedRequests),
      ...(initContainers ? { initContainers: initContainers.map(withAssumedRequests) } : {}),
    },
  }
  const { milliCpu, memory } = podRequest(assumed)
  return { milliCpu, memory }
}

function withAssumedRequests(container: Container): Container {
  const { resources } = container
  const requests = { ...assumedRequests, ...resources?.requests }
  return { ...container, resources: { ...resources, requests } }
}
