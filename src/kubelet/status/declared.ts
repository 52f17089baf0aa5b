import type { ContainerStatus, Pod, PodStatus, ResourceRequirements } from '#api'
import type { AnyContainer } from '../containers.ts'

type Mounts = Pick<ContainerStatus, 'volumeMounts'>
type Resources = Pick<ContainerStatus & PodStatus, 'allocatedResources' | 'resources'>

/**
 * What a container mounts, from its pod: the runtime does not know the names of volumes. No runtime
 * here mounts read-only recursively unless it has to.
 */
export function declaredMounts({ volumeMounts = [] }: AnyContainer): Mounts {
  if (volumeMounts.length === 0) return {}
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly, recursiveReadOnly }) => ({
      name,
      mountPath,
      ...(readOnly
        ? {
            readOnly,
            recursiveReadOnly: recursiveReadOnly === 'Enabled' ? 'Enabled' : 'Disabled',
          }
        : {}),
    })),
  }
}

/** What a container that has been made was given, `{}` when it asked for nothing. */
export function givenResources({ resources }: AnyContainer): Resources {
  return given(resources)
}

/** The same of a pod as a whole. */
export function givenToPod({ spec }: Pod): Resources {
  return given(spec?.resources)
}

function given({ limits, requests }: ResourceRequirements = {}): Resources {
  return {
    ...(requests && Object.keys(requests).length > 0 ? { allocatedResources: requests } : {}),
    resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) },
  }
}
