import type {
  ContainerConfig,
  ContainerState,
  Image,
  LinuxResources,
  SandboxConfig,
  SandboxState,
} from '#runtime'
import type { ProcessState } from '../process/process.ts'
import type { UnfinishedLines } from './container/container-log.ts'
import type { ContainerRecord, RuntimeRecords, SandboxRecord } from './container/records.ts'
import { firstFiles } from './files/image-files.ts'
import { containerLimit, OwnFiles, type SavedFiles } from './files/own-files.ts'

/** The state of a node's container engine, and of what runs on it, as plain JSON. */
export interface SimRuntimeState {
  readonly images: readonly Image[]
  readonly pool: SavedPools | undefined
  readonly sandboxes: readonly SavedSandbox[]
  readonly containers: readonly SavedContainer[]
}

/** The networks of the node's pods, by comma, and how far the addresses of each are given out. */
export interface SavedPools {
  readonly cidr: string
  readonly cursors: readonly number[]
}

export interface SavedSandbox {
  readonly id: string
  readonly config: SandboxConfig
  readonly createdAtMs: number
  readonly state: SandboxState
  readonly ips: readonly string[]
  readonly guesses?: readonly string[]
}

export interface SavedContainer {
  readonly id: string
  readonly sandboxId: string
  readonly config: ContainerConfig
  readonly createdAtMs: number
  readonly imageId: string
  readonly argv: readonly string[]
  readonly files: readonly (readonly [path: string, text: string])[]
  readonly directories: readonly string[]
  readonly attributes?: SavedFiles['attributes']
  readonly removed?: SavedFiles['removed']
  readonly resources: LinuxResources
  readonly state: ContainerState
  readonly startedAtMs: number | undefined
  readonly finishedAtMs: number | undefined
  readonly exitCode: number
  readonly reason: string
  readonly message: string
  readonly isStopping?: true
  /** Of the main process, while it runs. */
  readonly process?: ProcessState
  readonly unfinished?: UnfinishedLines
}

export function saveSandbox({ address: _, ...sandbox }: SandboxRecord): SavedSandbox {
  return sandbox
}

export function saveContainer(container: ContainerRecord): SavedContainer {
  const { process, log, outputs: __, files, ...plain } = container
  return {
    ...plain,
    ...files.save(),
    ...(log ? { unfinished: log.unfinished } : {}),
    ...(container.state === 'running' && process ? { process: process.process.save() } : {}),
  }
}

/** Puts what was saved into empty records; processes are not running yet. */
export function loadRecords(state: SimRuntimeState, records: RuntimeRecords): void {
  for (const sandbox of state.sandboxes) {
    records.sandboxes.set(sandbox.id, { ...sandbox })
    records.bySandbox.set(sandbox.id, new Set())
  }
  for (const {
    process: _,
    files,
    directories,
    attributes = [],
    removed = [],
    ...saved
  } of state.containers) {
    const container: ContainerRecord = {
      ...saved,
      files: new OwnFiles(
        { files, directories, attributes, removed },
        containerLimit,
        firstFiles(saved.config, records.sandboxes.get(saved.sandboxId)?.config),
      ),
    }
    records.containers.set(saved.id, container)
    records.bySandbox.get(saved.sandboxId)?.add(container)
  }
}
