/** One file of a volume that is projected from API objects. */
export interface VolumeFile {
  /** Relative, slash separated, without `..`; may have directories. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Permission bits, e.g. 0o644. */
  readonly mode: number
  /** Owner, where one is asked for (service account tokens of a non-root pod). */
  readonly uid?: number
}

/** The group a pod's volumes belong to (`securityContext.fsGroup`). */
export interface VolumeGroup {
  readonly gid: number
  /** `onRootMismatch` skips the walk when the volume's top directory already fits. */
  readonly change: 'always' | 'onRootMismatch'
}

/** Which volume of which pod; the directory's name follows from it. */
export interface VolumeId {
  readonly podUid: string
  /** The plugin's name as upstream spells it: `kubernetes.io/secret`, `kubernetes.io/empty-dir`. */
  readonly plugin: string
  readonly name: string
}

/** Where an emptyDir lives. */
export type ScratchMedium =
  | { readonly kind: 'disk' }
  | { readonly kind: 'memory'; readonly sizeBytes?: number }
  | { readonly kind: 'hugePages'; readonly pageSizeBytes?: number }

/** `hostPath.type`; the empty string checks nothing. */
export type HostPathType =
  | ''
  | 'DirectoryOrCreate'
  | 'Directory'
  | 'FileOrCreate'
  | 'File'
  | 'Socket'
  | 'CharDevice'
  | 'BlockDevice'

/** Whether a path may be mounted; `message` is upstream's text. */
export type HostPathCheck =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly message: string }

/** A subPath request names one file or directory inside a volume, for one mount of one container. */
export interface SubPathRequest {
  readonly podUid: string
  readonly volume: string
  /** The volume's own path on the node. */
  readonly volumePath: string
  /** Relative to the volume. Created as a directory when it is missing. */
  readonly subPath: string
  readonly container: string
  /** Index of the volumeMount in the container. */
  readonly mountIndex: number
}

/** A pod's volumes on the node's disk and in its mount table. */
export interface HostVolumes {
  /**
   * Makes the volume's files be exactly `files`, in one atomic step for its readers: a time-stamped
   * directory is filled and the `..data` link swapped to it, as upstream's atomic writer does.
   * Unchanged content is left alone. Returns the path to mount.
   */
  project(volume: ProjectedVolume, signal: AbortSignal): Promise<string>
  /** Makes an empty directory (0777) on disk or memory; idempotent. Returns the path to mount. */
  scratch(volume: ScratchVolume, signal: AbortSignal): Promise<string>
  /** Unmounts and deletes a volume; absent is fine. */
  remove(volume: VolumeId, signal: AbortSignal): Promise<void>
  /** The volumes that exist on disk for a pod, mounted or not. */
  list(podUid: string, signal: AbortSignal): Promise<readonly VolumeId[]>
  /** Where a volume is or would be; no I/O. */
  path(volume: VolumeId): string
  /** Checks a hostPath, creating it for the `…OrCreate` types (directories 0755, files 0644). */
  checkHostPath(path: string, type: HostPathType, signal: AbortSignal): Promise<HostPathCheck>
  /**
   * Resolves a subPath without ever leaving the volume through a link, and pins what was found (a
   * bind mount), so that a later swap of the link cannot redirect the container. Returns the path
   * to mount. A path that leads outside rejects with `Invalid`; the messages are the ones upstream's
   * kubelet shows (`failed to prepare subPath for volumeMount "v" of container "c"`), with the
   * reason as `cause`.
   */
  subPath(request: SubPathRequest, signal: AbortSignal): Promise<string>
  /** Drops the pins that `subPath` made for a container; absent is fine. */
  releaseSubPaths(podUid: string, container: string, signal: AbortSignal): Promise<void>
  /** Gives a volume to a group: group-readable (and writable), set-group-id directories. */
  chown(path: string, group: VolumeGroup, readOnly: boolean, signal: AbortSignal): Promise<void>
  /** Makes mounts under `path` travel to and from containers (mount propagation); idempotent. */
  share(path: string, signal: AbortSignal): Promise<void>
}

/** A projected volume holds files that the kubelet writes: of ConfigMaps, Secrets, tokens, fields. */
export interface ProjectedVolume extends VolumeId {
  readonly files: readonly VolumeFile[]
  /** Secrets and tokens go to memory, so that they never touch the disk; the default is disk. */
  readonly medium?: 'disk' | 'memory'
  readonly group?: VolumeGroup
}

/** A scratch volume begins empty and goes with its pod (`emptyDir`). */
export interface ScratchVolume extends VolumeId {
  readonly medium: ScratchMedium
  readonly group?: VolumeGroup
}
