import type { Pod } from '#api'
import { messageOf } from '#lib'
import { goList, type Stored } from '#machinery'
import { containersOf, ephemeralContainersOf, initContainersOf } from '../containers.ts'
import { SyncError } from '../errors.ts'
import type { Reference } from '../references.ts'
import type { KubeletWorld } from '../world.ts'
import { type MountedVolumes, mountVolume } from './mount.ts'
import type { ContentSources } from './sources.ts'

/** How long to wait before volumes that failed are tried again. */
const retryMs = 2_000

/**
 * Makes all volumes of a pod ready. Throws SyncError with upstream's FailedMount texts: one event
 * per failed volume is the caller's to record, from `failures`.
 */
export async function mountPodVolumes(
  pod: Stored<Pod>,
  world: KubeletWorld,
  sources: ContentSources,
  signal: AbortSignal,
): Promise<MountedVolumes> {
  const mounted = new Map<string, string>()
  const failed: string[] = []
  for (const volume of pod.spec?.volumes ?? []) {
    try {
      mounted.set(volume.name, await mountVolume(volume, world.host, sources, signal))
    } catch (error) {
      if (signal.aborted) throw error
      failed.push(volume.name)
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${messageOf(error)}`
      world.events.event(pod, { type: 'Warning', reason: 'FailedMount', message })
    }
  }
  if (failed.length === 0) return mounted
  const message = `unmounted volumes=${goList(failed)}, unattached volumes=[], failed to process volumes=[]`
  throw new SyncError(undefined, message, retryMs)
}

/** The ConfigMaps and Secrets that a pod names, each once. */
export function referencesOf(pod: Stored<Pod>): readonly Reference[] {
  const namespace = pod.metadata.namespace ?? ''
  const found = new Map<string, Reference>()
  const add = (kind: Reference['kind'], name: string | undefined) => {
    if (name) found.set(`${kind}/${name}`, { kind, namespace, name })
  }
  for (const { configMap, secret, projected } of pod.spec?.volumes ?? []) {
    add('configMap', configMap?.name)
    add('secret', secret?.secretName)
    for (const source of projected?.sources ?? []) {
      add('configMap', source.configMap?.name)
      add('secret', source.secret?.name)
    }
  }
  const all = [...containersOf(pod), ...initContainersOf(pod), ...ephemeralContainersOf(pod)]
  for (const { env = [], envFrom = [] } of all) {
    for (const { valueFrom } of env) {
      add('configMap', valueFrom?.configMapKeyRef?.name)
      add('secret', valueFrom?.secretKeyRef?.name)
    }
    for (const { configMapRef, secretRef } of envFrom) {
      add('configMap', configMapRef?.name)
      add('secret', secretRef?.name)
    }
  }
  for (const { name } of pod.spec?.imagePullSecrets ?? []) add('secret', name)
  return [...found.values()]
}
