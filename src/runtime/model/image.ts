import type { SandboxConfig } from './sandbox.ts'

/** An image that is on the node, under all its names. */
export interface Image {
  /** Digest of the image's configuration: `sha256:…`. */
  readonly id: string
  /** `docker.io/library/nginx:latest`, for one. */
  readonly repoTags: readonly string[]
  /** `docker.io/library/nginx@sha256:…`, for one. */
  readonly repoDigests: readonly string[]
  readonly sizeBytes: number
  /** The user the image declares, when numeric. */
  readonly uid?: number
  /** The user the image declares, when a name; else empty. */
  readonly username: string
  /** Never to be collected as garbage (the sandbox image). */
  readonly pinned: boolean
}

/** Credentials for one pull; empty fields are not used. */
export interface RegistryAuth {
  readonly username?: string
  readonly password?: string
  /** Base64 of `username:password`. */
  readonly auth?: string
  readonly serverAddress?: string
  readonly identityToken?: string
  readonly registryToken?: string
}

/** Options of one pull: with what credentials, and for which pod. */
export interface PullOptions {
  readonly auth?: RegistryAuth
  /** The pod on whose behalf the image is pulled. */
  readonly sandboxConfig?: SandboxConfig
}

/** Use of a filesystem that the runtime keeps images or containers on. */
export interface RuntimeFilesystem {
  readonly mountpoint: string
  readonly usedBytes: number
  readonly inodesUsed: number
  readonly atMs: number
}

/**
 * The image service holds the images of a node. References are as users write them; every
 * operation rejects with `RuntimeError`, or with the signal's reason when aborted.
 */
export interface ImageService {
  /** All images, or those that `ref` names. */
  list(filter: { readonly ref?: string }, signal: AbortSignal): Promise<readonly Image[]>
  /** Undefined when the image is not on the node. */
  status(ref: string, signal: AbortSignal): Promise<Image | undefined>
  /** Pulls and returns a reference to the content for `ContainerConfig.image.ref`. */
  pull(ref: string, options: PullOptions, signal: AbortSignal): Promise<string>
  /** Removes the image with all its names; absent is fine. */
  remove(ref: string, signal: AbortSignal): Promise<void>
  fsInfo(signal: AbortSignal): Promise<{
    readonly images: readonly RuntimeFilesystem[]
    /** Empty when containers share the images' filesystem. */
    readonly containers: readonly RuntimeFilesystem[]
  }>
}
