import type { Clock } from '#lib'
import type { ContainerStats, SandboxStats } from '#runtime'
import type { DiskLoad, NodeLoad } from '../model/disk.ts'
import {
  type ContainerRecord,
  type RuntimeRecords,
  recordsOf,
  type SandboxRecord,
} from './container/records.ts'

/** What the containers of a node use; sums are made when somebody asks. */
export function nodeLoad(records: RuntimeRecords): NodeLoad {
  return {
    get total() {
      return sum([...records.containers.values()])
    },
    ofPod(podUid) {
      const own = [...records.sandboxes.values()].filter(
        ({ config }) => config.metadata.uid === podUid,
      )
      if (own.length === 0) return undefined
      return sum(own.flatMap(({ id }) => recordsOf(records, id)))
    },
  }
}

class ContainersLoad implements DiskLoad {
  memoryBytes = 0
  pids = 0
  oomKills = 0
  readonly #containers: readonly ContainerRecord[]

  constructor(containers: readonly ContainerRecord[]) {
    this.#containers = containers
  }

  /** Eviction, which asks every few seconds, looks at memory alone. */
  get cpuNs(): number {
    return this.#containers.reduce((sum, { process }) => sum + (process?.process.cpuNs ?? 0), 0)
  }
}

function sum(containers: readonly ContainerRecord[]): DiskLoad {
  const load = new ContainersLoad(containers)
  for (const { process, state, oomKills = 0 } of containers) {
    load.oomKills += oomKills
    if (state !== 'running') continue
    load.memoryBytes += process?.process.memoryBytes ?? 0
    load.pids += 1
  }
  return load
}

/** A process has used some time before its first reading. */
const startCpuNs = 1_000_000

export function statsOfContainer(container: ContainerRecord, clock: Clock): ContainerStats {
  const { id, config, state, process, resources, files } = container
  const { metadata, labels, annotations } = config
  const atMs = clock.wallMs()
  const named = { id, metadata, labels, annotations }
  const writableLayer = {
    mountpoint: '/var/lib/containerd',
    usedBytes: files.usedBytes,
    inodesUsed: files.count,
    atMs,
  }
  if (state !== 'running' || !process) return { ...named, writableLayer }
  const { memoryBytes, cpuNs } = process.process
  const limit = resources.memoryLimitBytes ?? 0
  return {
    ...named,
    cpu: { atMs, usageCoreNs: Math.round(cpuNs) + startCpuNs },
    memory: {
      atMs,
      workingSetBytes: memoryBytes,
      usageBytes: memoryBytes,
      rssBytes: memoryBytes,
      ...(limit > 0 ? { availableBytes: Math.max(0, limit - memoryBytes) } : {}),
    },
    writableLayer,
  }
}

export function statsOfSandbox(
  { id, config }: SandboxRecord,
  records: RuntimeRecords,
  clock: Clock,
): SandboxStats {
  const { metadata, labels, annotations } = config
  const own = recordsOf(records, id)
  const { cpuNs, memoryBytes, pids } = sum(own)
  const atMs = clock.wallMs()
  return {
    id,
    metadata,
    labels,
    annotations,
    cpu: { atMs, usageCoreNs: Math.round(cpuNs) + startCpuNs },
    memory: { atMs, workingSetBytes: memoryBytes, usageBytes: memoryBytes, rssBytes: memoryBytes },
    processCount: pids + 1,
    containers: own.map((container) => statsOfContainer(container, clock)),
  }
}
