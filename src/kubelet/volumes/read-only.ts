import type { ContainerStatus, VolumeMount } from '#api'
import type { AnyContainer } from '../model/containers.ts'
import { ConfigError } from '../model/errors.ts'

type MountStatus = NonNullable<ContainerStatus['volumeMounts']>[number]

/**
 * Whether what is mounted below a mount is read-only as well (upstream: resolveRecursiveReadOnly).
 * Throws ConfigError for what is asked for and cannot be.
 */
export function isRecursivelyReadOnly(mount: VolumeMount, isSupported: boolean): boolean {
  const { name, readOnly, recursiveReadOnly: mode, mountPropagation } = mount
  if (mode === undefined || mode === 'Disabled') return false
  const refuse = (why: string) =>
    new ConfigError(`volume "${name}" requested recursive read-only mode, but it is ${why}`)
  if (!readOnly) throw refuse('not read-only')
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    throw refuse(`not compatible with propagation "${mountPropagation}"`)
  }
  if (mode === 'Enabled' && !isSupported) throw refuse('not supported by the runtime')
  return isSupported
}

/** What a container's status says of its mounts; the runtime does not know the volumes' names. */
export function mountStatuses(
  { volumeMounts = [] }: AnyContainer,
  isSupported: boolean,
): readonly MountStatus[] {
  return volumeMounts.map((mount) => {
    const { name, mountPath, readOnly } = mount
    if (!readOnly) return { name, mountPath }
    const recursiveReadOnly = reaches(mount, isSupported) ? 'Enabled' : 'Disabled'
    return { name, mountPath, readOnly, recursiveReadOnly }
  })
}

function reaches(mount: VolumeMount, isSupported: boolean): boolean {
  try {
    return isRecursivelyReadOnly(mount, isSupported)
  } catch {
    // Why it cannot be is told where the container fails to start.
    return false
  }
}
