import type { Volume } from '#api'
import type { Host, HostPathType, VolumeGroup, VolumeId } from '#host'
import { quantityValue, tryParseQuantity } from '#machinery/quantity'
import {
  type ContentSources,
  configMapFiles,
  downwardFiles,
  projectedFiles,
  secretFiles,
  VolumeError,
} from './sources.ts'

/** Volumes of a pod that are ready: name to the path on the node. */
export type MountedVolumes = ReadonlyMap<string, string>

/** Makes one volume ready and gives the path to mount; idempotent, and refreshes its content. */
export async function mountVolume(
  volume: Volume,
  host: Host,
  sources: ContentSources,
  signal: AbortSignal,
): Promise<string> {
  const { pod } = sources
  const group = groupOf(sources)
  const id = (plugin: string): VolumeId => ({
    podUid: pod.metadata.uid,
    plugin: `kubernetes.io/${plugin}`,
    name: volume.name,
  })
  const shared = group ? { group } : {}
  if (volume.configMap) {
    const { name = '', defaultMode = 0o644 } = volume.configMap
    const files = await configMapFiles(name, { ...volume.configMap, defaultMode }, sources)
    return host.volumes.project({ ...id('configmap'), files, ...shared }, signal)
  }
  if (volume.secret) {
    const { secretName = '', defaultMode = 0o644 } = volume.secret
    const files = await secretFiles(secretName, { ...volume.secret, defaultMode }, sources)
    return host.volumes.project({ ...id('secret'), files, medium: 'memory', ...shared }, signal)
  }
  if (volume.downwardAPI) {
    const { items = [], defaultMode = 0o644 } = volume.downwardAPI
    const files = downwardFiles(items, defaultMode, sources)
    return host.volumes.project({ ...id('downward-api'), files, ...shared }, signal)
  }
  if (volume.projected) {
    const files = await projectedFiles(volume.projected, sources)
    return host.volumes.project({ ...id('projected'), files, medium: 'memory', ...shared }, signal)
  }
  if (volume.emptyDir)
    return mountEmptyDir(volume.emptyDir, id('empty-dir'), host, { group, signal })
  if (volume.hostPath) {
    const { path, type = '' } = volume.hostPath
    const check = await host.volumes.checkHostPath(path, type as HostPathType, signal)
    if (check.kind === 'refused') throw new VolumeError(check.message)
    return path
  }
  // The runtime mounts it itself, once the image is there.
  if (volume.image) return ''
  throw new VolumeError(`no volume plugin matched name: ${volume.name}`)
}

async function mountEmptyDir(
  { medium = '', sizeLimit }: NonNullable<Volume['emptyDir']>,
  id: VolumeId,
  host: Host,
  { group, signal }: { readonly group: VolumeGroup | undefined; readonly signal: AbortSignal },
): Promise<string> {
  const limit = sizeLimit === undefined ? undefined : tryParseQuantity(sizeLimit)
  const sizeBytes = limit === undefined ? undefined : quantityValue(limit)
  const shared = group ? { group } : {}
  if (medium === 'Memory') {
    const memory = { kind: 'memory', ...(sizeBytes ? { sizeBytes } : {}) } as const
    return host.volumes.scratch({ ...id, medium: memory, ...shared }, signal)
  }
  if (medium.startsWith('HugePages')) {
    return host.volumes.scratch({ ...id, medium: { kind: 'hugePages' }, ...shared }, signal)
  }
  return host.volumes.scratch({ ...id, medium: { kind: 'disk' }, ...shared }, signal)
}

function groupOf({ pod }: ContentSources): VolumeGroup | undefined {
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {}
  if (fsGroup === undefined) return undefined
  return {
    gid: fsGroup,
    change: fsGroupChangePolicy === 'OnRootMismatch' ? 'onRootMismatch' : 'always',
  }
}
