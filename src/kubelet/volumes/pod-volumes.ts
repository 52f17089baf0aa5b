import type { Pod, Volume } from '#api'
import { messageOf } from '#lib'
import { goList, type Stored } from '#machinery'
import { containersOf, ephemeralContainersOf, initContainersOf } from '../model/containers.ts'
import { SyncError } from '../model/errors.ts'
import type { Reference } from '../model/references.ts'
import type { KubeletWorld } from '../model/world.ts'
import { type MountedVolumes, mountVolume } from './mount.ts'
import type { PodMounts } from './pod-mounts.ts'
import type { ContentSources } from './sources.ts'

/**
 * Makes all volumes of a pod ready. Throws SyncError while one of them cannot be had: each failed try
 * is told as FailedMount, and the next one waits. One that was mounted before keeps what it holds.
 */
export async function mountPodVolumes(
  pod: Stored<Pod>,
  mounts: PodMounts,
  { world, sources }: MountWorld,
  signal: AbortSignal,
): Promise<MountedVolumes> {
  const { clock, events, host } = world
  for (const volume of pod.spec?.volumes ?? []) {
    const { name } = volume
    if (mounts.pathOf(name) !== undefined && !hasContent(volume)) continue
    if (mounts.remainingMs(name, clock.monotonicMs()) > 0) continue
    try {
      mounts.mounted(name, await mountVolume(volume, host, sources, signal))
    } catch (error) {
      if (signal.aborted) throw error
      mounts.failed(name, clock.monotonicMs())
      const message = `MountVolume.SetUp failed for volume "${name}" : ${messageOf(error)}`
      events.event(pod, { type: 'Warning', reason: 'FailedMount', message })
    }
  }
  return allOf(pod, mounts, clock.monotonicMs())
}

/** What is filled from elsewhere is looked at again with every sync; the rest is mounted once. */
function hasContent({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return (configMap ?? secret ?? downwardAPI ?? projected) !== undefined
}

export interface MountWorld {
  readonly world: KubeletWorld
  readonly sources: ContentSources
}

function allOf(pod: Stored<Pod>, mounts: PodMounts, nowMs: number): MountedVolumes {
  const names = (pod.spec?.volumes ?? []).map(({ name }) => name)
  const missing = names.filter((name) => mounts.pathOf(name) === undefined)
  if (missing.length === 0) return new Map(names.map((name) => [name, mounts.pathOf(name) ?? '']))
  const retryMs = Math.min(...missing.map((name) => mounts.remainingMs(name, nowMs)))
  const message = `unmounted volumes=${goList(missing)}, unattached volumes=[], failed to process volumes=[]`
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
