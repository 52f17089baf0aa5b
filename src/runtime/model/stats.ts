import type { ContainerMetadata } from './container.ts'
import type { RuntimeFilesystem } from './image.ts'
import type { SandboxMetadata } from './sandbox.ts'

/** The CPU time that a container or sandbox has used up to a moment. */
export interface CpuStats {
  readonly atMs: number
  /** Cumulative CPU time in nanoseconds. */
  readonly usageCoreNs: number
  /** Nanoseconds per second right now; absent on a first reading and on runtimes that leave it out. */
  readonly usageNanoCores?: number
}

/**
 * The memory that a container or sandbox uses at a moment. The working set leaves out file cache
 * that could be dropped at once.
 */
export interface MemoryStats {
  readonly atMs: number
  readonly workingSetBytes: number
  readonly usageBytes?: number
  /** Up to the limit; absent without one. */
  readonly availableBytes?: number
  readonly rssBytes?: number
  readonly pageFaults?: number
  readonly majorPageFaults?: number
}

/** Container statistics are what one container uses: CPU, memory, swap and its writable layer. */
export interface ContainerStats {
  readonly id: string
  readonly metadata: ContainerMetadata
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Absent for a container that does not run. */
  readonly cpu?: CpuStats
  readonly memory?: MemoryStats
  readonly swap?: { readonly atMs: number; readonly usageBytes: number }
  readonly writableLayer?: RuntimeFilesystem
}

/** The counters of one network interface since it was made. */
export interface NetworkInterfaceStats {
  readonly name: string
  readonly receivedBytes: number
  readonly receiveErrors: number
  readonly sentBytes: number
  readonly sendErrors: number
}

/** Sandbox statistics are what a pod uses in all, and what each of its containers does. */
export interface SandboxStats {
  readonly id: string
  readonly metadata: SandboxMetadata
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly cpu?: CpuStats
  readonly memory?: MemoryStats
  readonly network?: {
    readonly atMs: number
    /** The interface of the pod's primary address. */
    readonly default?: NetworkInterfaceStats
    readonly others: readonly NetworkInterfaceStats[]
  }
  readonly processCount?: number
  readonly containers: readonly ContainerStats[]
}

/** All given fields must match. */
export interface StatsFilter {
  readonly id?: string
  /** Only for container statistics. */
  readonly sandboxId?: string
  readonly labels?: Readonly<Record<string, string>>
}
