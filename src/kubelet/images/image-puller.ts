import type { Pod, Volume } from '#api'
import { messageOf } from '#lib'
import { formatDuration, type Stored } from '#machinery'
import {
  type Image,
  type RegistryAuth,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
} from '#runtime'
import { type AnyContainer, fieldPathOf } from '../model/containers.ts'
import { StartError, textOf } from '../model/errors.ts'
import type { KubeletWorld } from '../model/world.ts'
import { createImageBackOff } from './back-off.ts'
import { pullCredentials } from './pull-secrets.ts'
import { parseImage } from './reference.ts'

/** Has images on the node before containers start. */
export interface ImagePuller {
  /** Gives the reference to create the container with; throws StartError with upstream's reasons. */
  ensure(
    pod: Stored<Pod>,
    container: AnyContainer,
    sandboxConfig: SandboxConfig,
    signal: AbortSignal,
  ): Promise<string>
  /** The same for the image of a volume, of which the whole pod is told. */
  ensureVolume(
    pod: Stored<Pod>,
    volume: ImageVolume,
    sandboxConfig: SandboxConfig,
    signal: AbortSignal,
  ): Promise<string>
  forget(podUid: string): void
}

/** An image that a pod mounts. */
type ImageVolume = NonNullable<Volume['image']>

type Event = (type: 'Normal' | 'Warning', reason: string, message: string) => void

export function createImagePuller(world: KubeletWorld): ImagePuller {
  const backOff = createImageBackOff()
  const { runtime, clock } = world

  const pull = async (request: PullRequest): Promise<string> => {
    const { pod, image, name, event, signal } = request
    const key = `${pod.metadata.uid}_${name}`
    const waiting = backOff.waiting(key, clock.monotonicMs())
    if (waiting) {
      event('Normal', 'BackOff', `Back-off pulling image "${image}"`)
      const message = `Back-off pulling image "${image}": ${waiting.failure}`
      throw new StartError('ImagePullBackOff', message, waiting.remainingMs)
    }
    event('Normal', 'Pulling', `Pulling image "${image}"`)
    const startedMs = clock.monotonicMs()
    try {
      const ref = await pullWithAny(
        runtime,
        request,
        await pullCredentials(pod, image, world.references),
      )
      const took = formatDuration(Math.round(clock.monotonicMs() - startedMs))
      const size = (await runtime.images.status(name, signal))?.sizeBytes ?? 0
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${size} bytes.`,
      )
      return ref
    } catch (error) {
      if (signal.aborted) throw error
      const failure = classify(image, error)
      event('Warning', 'Failed', `Failed to pull image "${image}": ${textOf(error)}`)
      backOff.failed(key, `${failure.reason}: ${failure.message}`, clock.monotonicMs())
      throw failure
    }
  }

  const ensured = async ({
    policy,
    ...asked
  }: Omit<PullRequest, 'name'> & { readonly policy: string }): Promise<string> => {
    const { image, event } = asked
    const parsed = parseImage(image)
    if (parsed.kind === 'invalid') {
      const message = `Failed to apply default image tag "${image}": ${parsed.message}`
      event('Warning', 'InspectFailed', message)
      throw new StartError('InvalidImageName', message)
    }
    const request = { ...asked, name: parsed.name }
    if (policy === 'Always') return pull(request)
    const found = await presentImage(runtime, request)
    if (found) {
      const message = `Container image "${image}" already present on machine and can be accessed by the pod`
      event('Normal', 'Pulled', message)
      return found.id
    }
    if (policy === 'IfNotPresent') return pull(request)
    const message = `Container image "${image}" is not present with pull policy of Never`
    event('Warning', 'ErrImageNeverPull', message)
    throw new StartError('ErrImageNeverPull', message)
  }
  /** Tells a pod of its images; `about` is the part of it that is meant. */
  const teller =
    (pod: Stored<Pod>, about: { readonly fieldPath?: string }): Event =>
    (type, reason, message) =>
      world.events.event(pod, { type, reason, message, ...about })

  return {
    async ensure(pod, container, sandboxConfig, signal) {
      const event = teller(pod, { fieldPath: fieldPathOf(pod, container.name) })
      const { image = '', imagePullPolicy: policy = 'IfNotPresent' } = container
      return ensured({ pod, image, policy, sandboxConfig, event, signal })
    },
    async ensureVolume(pod, { reference: image = '', pullPolicy }, sandboxConfig, signal) {
      const policy = pullPolicy ?? 'IfNotPresent'
      return ensured({ pod, image, policy, sandboxConfig, event: teller(pod, {}), signal })
    },
    forget: (podUid) => backOff.forget(`${podUid}_`),
  }
}

async function presentImage(
  runtime: Runtime,
  { name, event, signal }: PullRequest,
): Promise<Image | undefined> {
  try {
    return await runtime.images.status(name, signal)
  } catch (error) {
    if (signal.aborted) throw error
    // Upstream prints the id that it has not got, and not the name.
    const message = `Failed to inspect image "": ${textOf(error)}`
    event('Warning', 'InspectFailed', message)
    throw new StartError('ImageInspectError', message)
  }
}

/** With each of the credentials that fit, or without any when there is none. */
async function pullWithAny(
  runtime: Runtime,
  { name, sandboxConfig, signal }: PullRequest,
  credentials: readonly RegistryAuth[],
): Promise<string> {
  let failure: unknown
  for (const auth of credentials) {
    try {
      return await runtime.images.pull(name, { auth, sandboxConfig }, signal)
    } catch (error) {
      if (signal.aborted) throw error
      failure = error
    }
  }
  if (failure !== undefined) throw failure
  return runtime.images.pull(name, { sandboxConfig }, signal)
}

interface PullRequest {
  readonly pod: Stored<Pod>
  readonly image: string
  readonly name: string
  readonly sandboxConfig: SandboxConfig
  readonly event: Event
  readonly signal: AbortSignal
}

/** Upstream's reasons, some of which the runtime announces at the beginning of its message. */
function classify(image: string, error: unknown): StartError {
  const message = error instanceof RuntimeError ? error.message : messageOf(error)
  if (message.startsWith('RegistryUnavailable')) {
    const rest = message.slice('RegistryUnavailable'.length)
    return new StartError(
      'RegistryUnavailable',
      `image pull failed for ${image} because the registry is unavailable${rest}`,
    )
  }
  if (message.startsWith('SignatureValidationFailed')) {
    const rest = message.slice('SignatureValidationFailed'.length)
    return new StartError(
      'SignatureValidationFailed',
      `image pull failed for ${image} because the signature validation failed${rest}`,
    )
  }
  return new StartError('ErrImagePull', textOf(error))
}
