import type {
  ContainerConfig,
  ContainerEvent,
  ContainerState,
  LinuxResources,
  SandboxConfig,
  SandboxState,
} from '#runtime'
import type { OwnFiles } from '../files/own-files.ts'
import type { ContainerLog, UnfinishedLines } from './container-log.ts'
import type { Outputs } from './output.ts'
import type { RunningProcess } from './running-process.ts'

/** A sandbox as the runtime remembers it; plain data but for what holds its address. */
export interface SandboxRecord {
  readonly id: string
  readonly config: SandboxConfig
  readonly createdAtMs: number
  state: SandboxState
  /** None on the node's network, and once it is stopped. */
  ips: readonly string[]
  address?: Disposable
  /** The guesses that were told of, by container and cause. */
  guesses?: readonly string[]
}

/** A container as the runtime remembers it. */
export interface ContainerRecord {
  readonly id: string
  readonly sandboxId: string
  readonly config: ContainerConfig
  readonly createdAtMs: number
  readonly imageId: string
  readonly argv: readonly string[]
  /** What it wrote outside of its mounts. */
  readonly files: OwnFiles
  resources: LinuxResources
  state: ContainerState
  startedAtMs: number | undefined
  finishedAtMs: number | undefined
  exitCode: number
  reason: string
  message: string
  process?: RunningProcess
  log?: ContainerLog
  /** Lines of its log that were not whole when it was saved. */
  unfinished?: UnfinishedLines
  outputs?: Outputs
  /** Its main process was sent the stop signal, or killed. */
  isStopping?: true
  /** Set before it is killed for want of memory. */
  isOutOfMemory?: true
  oomKills?: number
}

/** What lists and filters go through, in order of creation. */
export interface RuntimeRecords {
  readonly sandboxes: Map<string, SandboxRecord>
  readonly containers: Map<string, ContainerRecord>
  /** Containers of each sandbox, in order of creation. */
  readonly bySandbox: Map<string, Set<ContainerRecord>>
}

export function createRecords(): RuntimeRecords {
  return { sandboxes: new Map(), containers: new Map(), bySandbox: new Map() }
}

export function recordsOf(records: RuntimeRecords, sandboxId: string): ContainerRecord[] {
  return [...(records.bySandbox.get(sandboxId) ?? [])]
}

/** Tells whoever follows the runtime's events. */
export type Report = (kind: ContainerEvent['kind'], id: string, sandbox?: SandboxRecord) => void
