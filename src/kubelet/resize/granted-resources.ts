import type { Container, Pod, ResourceRequirements } from '#api'
import { deepEqual, type Stored } from '#machinery'

/** The resources of a pod's containers, by their names. */
export type GrantedResources = ReadonlyMap<string, ResourceRequirements | undefined>

const allOf = ({ spec }: Pod): readonly Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
]

/** What a pod asks for now. */
export function wantedResources(pod: Pod): GrantedResources {
  return new Map(allOf(pod).map(({ name, resources }) => [name, resources]))
}

/** Whether a pod has been granted all that it asks for. */
export function isGranted(granted: GrantedResources, pod: Pod): boolean {
  return allOf(pod).every(({ name, resources }) => isSame(granted.get(name), resources))
}

function isSame(a: ResourceRequirements = {}, b: ResourceRequirements = {}): boolean {
  return a === b || deepEqual(a, b)
}

/** What the status of a pod says that it was granted, by the kubelet that ran it before. */
export function reportedResources({ status, ...pod }: Pod): GrantedResources {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const shown = new Map(all.map((each) => [each.name, each]))
  return new Map(
    allOf(pod).map(({ name, resources }) => {
      const { allocatedResources, resources: inForce } = shown.get(name) ?? {}
      const { limits } = inForce ?? {}
      const before = {
        ...(allocatedResources && { requests: allocatedResources }),
        ...(limits && { limits }),
      }
      return [name, shown.has(name) ? before : resources]
    }),
  )
}

/** The pod with the resources that it was granted in the place of those that it asks for. */
export function withGranted(pod: Stored<Pod>, granted: GrantedResources): Stored<Pod> {
  const { spec } = pod
  if (!spec || isGranted(granted, pod)) return pod
  const given = (container: Container): Container => {
    const resources = granted.get(container.name)
    if (isSame(resources, container.resources)) return container
    const { resources: _, ...rest } = container
    return resources === undefined ? rest : { ...rest, resources }
  }
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(given),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(given) }),
    },
  }
}

/** What an event says of a resize (upstream: podResizeMessage). */
export function resizeMessage(
  what: string,
  { spec, metadata }: Stored<Pod>,
  error?: string,
): string {
  const summary = (containers: readonly Container[] | undefined) =>
    containers?.map(({ name, resources = {} }) => ({ name, resources }))
  const initContainers = summary(spec?.initContainers)
  const said = {
    ...(initContainers?.length ? { initContainers } : {}),
    containers: summary(spec?.containers),
    generation: metadata.generation ?? 0,
    ...(error ? { error } : {}),
  }
  return `${what}: ${JSON.stringify(said)}`
}
