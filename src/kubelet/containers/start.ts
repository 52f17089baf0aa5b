import type { Pod } from '#api'
import { messageOf } from '#lib'
import { formatDuration, type Stored } from '#machinery'
import { type Image, RuntimeError, type SandboxConfig } from '#runtime'
import type { ImagePuller } from '../images/image-puller.ts'
import { type AnyContainer, fieldPathOf } from '../model/containers.ts'
import { StartError, type StartFailure } from '../model/errors.ts'
import { containerHash, formatPod } from '../model/labels.ts'
import { instancesOf, type ObservedPod } from '../model/observed.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { MountedVolumes } from '../volumes/mount.ts'
import { type ContainerRequest, containerConfig } from './container-config.ts'
import type { CrashBackOff } from './crash-back-off.ts'
import type { EnvironmentSources } from './environment.ts'
import { HookError, runHook } from './hooks.ts'
import { nextRestartCount } from './restart-count.ts'
import { stopContainer } from './stop.ts'

interface StartRequest {
  readonly pod: Stored<Pod>
  readonly container: AnyContainer
  readonly sandboxId: string
  readonly sandboxConfig: SandboxConfig
  readonly observed: ObservedPod
  readonly volumes: MountedVolumes
  readonly recursiveReadOnlyMounts: boolean
  /** @throws Error where a device of the container is not prepared. */
  readonly cdiDevices: () => readonly string[]
  readonly podIps: readonly string[]
  readonly sources: EnvironmentSources
}

export interface Starter {
  /**
   * Starts a container, or gives why that is put off: it has ended too often.
   * @throws StartError with the reason that `state.waiting` shows.
   */
  start(request: StartRequest, signal: AbortSignal): Promise<StartFailure | undefined>
}

/** Starts containers: back-off, image, create, start, postStart hook (upstream: startContainer). */
export function createStarter(
  world: KubeletWorld,
  images: ImagePuller,
  crashes: CrashBackOff,
): Starter {
  return {
    async start(request, signal) {
      const { pod, container, sandboxConfig } = request
      const putOff = backOff(request, world, crashes)
      if (putOff) return putOff
      const imageRef = await images
        .ensure(pod, container, sandboxConfig, signal)
        .catch((error) => recordImageFailure(error, request, world))
      const image = await world.runtime.images.status(imageRef, signal)
      const imageVolumes = await pulledVolumes(request, images, signal)
      const restartCount = await nextRestartCount(request, world, signal)
      const full = { ...request, restartCount, imageRef, image, imageVolumes }
      const id = await create(full, world, signal)
      await run(id, request, world, signal)
      await postStart(id, full, world, signal)
      return undefined
    },
  }
}

/** A container that keeps ending waits longer and longer (upstream: doBackOff). */
function backOff(
  { pod, container, observed }: StartRequest,
  { clock, events }: KubeletWorld,
  crashes: CrashBackOff,
): StartFailure | undefined {
  const ended = instancesOf(observed, container.name).find(({ state }) => state === 'exited')
  if (!ended) return undefined
  const endedMs = ended.finishedAtMs ?? ended.createdAtMs
  const key = `${pod.metadata.uid}_${container.name}_${containerHash(container)}`
  const nowMs = clock.wallMs()
  const remainingMs = crashes.remainingMs(key, endedMs, nowMs)
  if (remainingMs === 0) {
    crashes.count(key, nowMs)
    return undefined
  }
  const fieldPath = fieldPathOf(pod, container.name)
  const where = `container ${container.name} in pod ${formatPod(pod)}`
  const message = `Back-off restarting failed ${where}`
  events.event(pod, { type: 'Warning', reason: 'BackOff', message, fieldPath })
  const delay = formatDuration(crashes.delayMs(key))
  return {
    reason: 'CrashLoopBackOff',
    message: `back-off ${delay} restarting failed container=${container.name} pod=${formatPod(pod)}`,
    retryInMs: remainingMs,
  }
}

/** The reason alone, after what the puller told (upstream: startContainer). */
function recordImageFailure(
  error: unknown,
  { pod, container }: StartRequest,
  world: KubeletWorld,
): never {
  if (error instanceof StartError) warn(pod, container, world, `Error: ${error.reason}`)
  throw error
}

/** The images that a container mounts, by the names of their volumes (upstream: getImageVolumes). */
async function pulledVolumes(
  { pod, container, sandboxConfig }: StartRequest,
  images: ImagePuller,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>()
  const mounted = new Set((container.volumeMounts ?? []).map(({ name }) => name))
  for (const { name, image } of pod.spec?.volumes ?? []) {
    if (!image || !mounted.has(name)) continue
    refs.set(name, await images.ensureVolume(pod, image, sandboxConfig, signal))
  }
  return refs
}

interface FullRequest extends StartRequest {
  readonly imageVolumes: ReadonlyMap<string, string>
  readonly restartCount: number
  readonly imageRef: string
  readonly image: Image | undefined
}

async function create(
  request: FullRequest,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<string> {
  const { pod, container, sandboxId, sandboxConfig } = request
  const config = await configOf(request, world, signal)
  try {
    const id = await world.runtime.createContainer(sandboxId, config, sandboxConfig, signal)
    record(request, world, 'Created', 'Container created')
    return id
  } catch (error) {
    if (signal.aborted) throw error
    const message = messageOf(error)
    warn(pod, container, world, `Error: ${message}`)
    throw new StartError('CreateContainerError', message)
  }
}

async function configOf(request: FullRequest, world: KubeletWorld, signal: AbortSignal) {
  const { pod, container } = request
  try {
    return await containerConfig(request satisfies ContainerRequest, world, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const message = messageOf(error)
    warn(pod, container, world, `Error: ${message}`)
    throw new StartError('CreateContainerConfigError', message)
  }
}

async function run(
  id: string,
  request: StartRequest,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  try {
    await world.runtime.startContainer(id, signal)
    record(request, world, 'Started', 'Container started')
  } catch (error) {
    if (signal.aborted) throw error
    const message = error instanceof RuntimeError ? error.message : messageOf(error)
    warn(request.pod, request.container, world, `Error: ${message}`)
    throw new StartError('RunContainerError', message)
  }
}

/** The hook runs before the next container starts; when it fails the container is stopped again. */
async function postStart(
  id: string,
  request: FullRequest,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<void> {
  const { pod, container, podIps, restartCount } = request
  const handler = 'lifecycle' in container ? container.lifecycle?.postStart : undefined
  if (!handler) return
  try {
    const target = { pod, container, containerId: id, podIp: podIps[0] ?? '' }
    await runHook(handler, target, world, signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof HookError)) throw error
    const fieldPath = fieldPathOf(pod, container.name)
    world.events.event(pod, {
      type: 'Warning',
      reason: 'FailedPostStartHook',
      message: 'PostStartHook failed',
      detail: error.message,
      fieldPath,
    })
    const failed = { id, name: container.name, restartCount } as never
    await stopContainer({ pod, container: failed, message: 'FailedPostStartHook' }, world, signal)
    throw new StartError('PostStartHookError', error.message)
  }
}

function record(
  { pod, container }: StartRequest,
  { events }: KubeletWorld,
  reason: string,
  message: string,
): void {
  events.event(pod, {
    type: 'Normal',
    reason,
    message,
    fieldPath: fieldPathOf(pod, container.name),
  })
}

function warn(
  pod: Stored<Pod>,
  container: AnyContainer,
  { events }: KubeletWorld,
  message: string,
): void {
  const fieldPath = fieldPathOf(pod, container.name)
  events.event(pod, { type: 'Warning', reason: 'Failed', message, fieldPath })
}
