/**
 * What the simulated runtime does to its node's disk; the simulated Host is the other user of it.
 * Paths are absolute. Everything is synchronous: memory is not I/O.
 */
export interface Disk {
  /** The whole file, or undefined. Links are followed. */
  read(path: string): Uint8Array | undefined
  /** Replaces a file's content in place, making it (0644) and its directories (0755). */
  write(path: string, bytes: Uint8Array): void
  /** Opens for appending, making the file. The handle stays with the file when it is renamed. */
  append(path: string): AppendHandle
  kindOf(path: string): 'file' | 'directory' | undefined
}

export interface AppendHandle {
  write(bytes: Uint8Array): void
  close(): void
}

/** What runs on a node costs; the runtime tells, the Host shows it in its readings and cgroups. */
export interface NodeLoad {
  readonly total: DiskLoad
  ofPod(podUid: string): DiskLoad | undefined
}

export interface DiskLoad {
  /** Cumulative, in nanoseconds; summed up when it is read. */
  readonly cpuNs: number
  readonly memoryBytes: number
  readonly pids: number
  readonly oomKills: number
}
