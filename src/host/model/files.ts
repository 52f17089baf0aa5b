/** What a path names, links not followed. Times are milliseconds since the Unix epoch. */
export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'link' | 'socket' | 'charDevice' | 'blockDevice' | 'other'
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Tells two files apart that bear the same name one after the other (device and inode). */
  readonly identity: string
  /** Permission bits. */
  readonly mode: number
}

/** An open file, which stays the same file when its path is renamed, as log rotation does. */
export interface ReadableFile extends AsyncDisposable {
  readonly identity: string
  status(signal: AbortSignal): Promise<FileStatus>
  /** At most `maxBytes` (≤ 1 MiB) from `offset`; empty at the end. */
  read(offset: number, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>
  /**
   * Waits until the file is longer than `sizeBytes`, or shorter, or its path names another file or
   * none; resolves at once if that is so already. May resolve early: read again and look.
   */
  changed(sizeBytes: number, signal: AbortSignal): Promise<void>
}

/**
 * Files by absolute path: container logs, termination messages, the kubelet's own small state.
 * A missing file is `undefined` where reading is asked for, never an error.
 */
export interface HostFiles {
  /** Opens for reading; `undefined` when there is no such file. */
  open(path: string, signal: AbortSignal): Promise<ReadableFile | undefined>
  /** The whole file, refused with `Invalid` when longer than `maxBytes`. */
  read(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** The last `maxBytes` of a file. */
  readTail(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Replaces the file as one step (temporary file, sync, rename); makes its directories (0755). */
  write(path: string, bytes: Uint8Array, mode: number, signal: AbortSignal): Promise<void>
  /**
   * Makes an empty file with exactly that mode if none is there, in place and not by rename, so
   * that it may be bind-mounted into a container (termination log).
   */
  touch(path: string, mode: number, signal: AbortSignal): Promise<void>
  /**
   * Overwrites the content in place, keeping the file's identity, so that containers that mount it
   * see the change (`/etc/hosts`).
   */
  rewrite(path: string, bytes: Uint8Array, mode: number, signal: AbortSignal): Promise<void>
  status(path: string, signal: AbortSignal): Promise<FileStatus | undefined>
  /** Names in a directory, sorted; `undefined` when there is no such directory. */
  list(path: string, signal: AbortSignal): Promise<readonly string[] | undefined>
  makeDirectory(path: string, mode: number, signal: AbortSignal): Promise<void>
  /** Renames within one filesystem, replacing the target. */
  rename(from: string, to: string, signal: AbortSignal): Promise<void>
  /** Compresses `from` into `to` (gzip), keeping `from`. For rotated logs. */
  compress(from: string, to: string, signal: AbortSignal): Promise<void>
  /** Makes `path` a symbolic link to `target`, replacing what link was there. */
  link(target: string, path: string, signal: AbortSignal): Promise<void>
  /** Deletes a file, or a directory with all that is in it; never follows links; absent is fine. */
  remove(path: string, signal: AbortSignal): Promise<void>
}
