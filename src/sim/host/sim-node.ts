import type { FilesystemUsage, HostNode, NodeFacts, NodeReadings } from '#host'
import type { Clock } from '#lib'
import type { NodeLoad } from '../model/disk.ts'
import { measuredDisk, mountsOf, nodeAt, usageBelow } from './disk-usage.ts'
import type { MemoryDisk } from './memory-disk.ts'

const gibibyte = 2 ** 30

/** What a simulated machine has. */
export interface Machine {
  readonly cpus: number
  readonly memoryBytes: number
  readonly diskBytes: number
  readonly maxPids: number
}

export const defaultMachine: Machine = Object.freeze({
  cpus: 4,
  memoryBytes: 8 * gibibyte,
  diskBytes: 100 * gibibyte,
  maxPids: 63_704,
})

/** What the system uses before any pod runs. */
const system = { cpuShare: 0.02, memoryBytes: 420 * 2 ** 20, pids: 118, diskBytes: 3 * gibibyte }

/** Readings that a fault dictates; what is absent is measured. */
export interface SimulatedPressure {
  readonly memoryAvailableBytes?: number
  readonly diskAvailableBytes?: number
}

export interface SimNodeState {
  readonly disk: MemoryDisk
  readonly load: NodeLoad
  readonly clock: Clock
  readonly machine: Machine
  readonly facts: () => NodeFacts
  readonly pressure: () => SimulatedPressure
  /** Of the boot, on the monotonic clock. */
  readonly bootedMs: () => number
  readonly nameservers: readonly string[]
}

/** The file of hosts as Debian's installer writes it. */
export function hostsFileOf(hostname: string): string {
  return `127.0.0.1\tlocalhost\n127.0.1.1\t${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`
}

export function simNode(state: SimNodeState): HostNode {
  const usage = measuredDisk(state.disk)
  const mounts = mountsOf(state.disk)
  const nodeFs = () => diskUsage(state, usage())
  return {
    facts: async (signal) => {
      signal.throwIfAborted()
      return state.facts()
    },
    readings: async (signal) => {
      signal.throwIfAborted()
      return readingsOf(state, nodeFs())
    },
    filesystem: async (path, signal) => {
      signal.throwIfAborted()
      nodeAt(state.disk, path)
      const mount = mounts(path)
      if (mount === undefined) return nodeFs()
      const capacityBytes = mount.mount?.sizeBytes ?? state.machine.memoryBytes / 2
      return filesystem(capacityBytes, usageBelow(mount))
    },
    diskUsage: async (path, signal) => {
      signal.throwIfAborted()
      return usageBelow(nodeAt(state.disk, path))
    },
    hostsFile: async (signal) => {
      signal.throwIfAborted()
      const own = state.disk.read('/etc/hosts')
      return own ? Buffer.from(own).toString() : hostsFileOf(state.facts().hostname)
    },
    resolver: async (signal) => {
      signal.throwIfAborted()
      return { nameservers: state.nameservers, searches: [], options: [] }
    },
  }
}

function readingsOf(state: SimNodeState, nodeFs: FilesystemUsage): NodeReadings {
  const { clock, load, machine } = state
  const upMs = clock.monotonicMs() - state.bootedMs()
  const { total } = load
  const usedBytes = Math.min(machine.memoryBytes, system.memoryBytes + total.memoryBytes)
  const available = state.pressure().memoryAvailableBytes ?? machine.memoryBytes - usedBytes
  const workingSetBytes = machine.memoryBytes - Math.min(available, machine.memoryBytes)
  return {
    get cpuNs() {
      return Math.round(upMs * 1e6 * system.cpuShare) + total.cpuNs
    },
    memoryAvailableBytes: machine.memoryBytes - workingSetBytes,
    memoryWorkingSetBytes: workingSetBytes,
    memoryUsageBytes: workingSetBytes,
    memoryRssBytes: workingSetBytes,
    swapUsedBytes: 0,
    runningPids: system.pids + total.pids,
    nodeFs,
    interfaces: [{ name: 'eth0', receivedBytes: 0, receiveErrors: 0, sentBytes: 0, sendErrors: 0 }],
  }
}

function diskUsage(
  { machine, pressure }: SimNodeState,
  used: { readonly bytes: number; readonly inodes: number },
): FilesystemUsage {
  const free = filesystem(machine.diskBytes, {
    bytes: system.diskBytes + used.bytes,
    inodes: 120_000 + used.inodes,
  })
  const availableBytes = Math.min(
    pressure().diskAvailableBytes ?? free.availableBytes,
    machine.diskBytes,
  )
  return { ...free, availableBytes, usedBytes: machine.diskBytes - availableBytes }
}

/** One inode for each 16 KiB, as ext4 is made by default. */
function filesystem(
  capacityBytes: number,
  used: { readonly bytes: number; readonly inodes: number },
): FilesystemUsage {
  const inodes = Math.floor(capacityBytes / 16_384)
  const usedBytes = Math.min(capacityBytes, used.bytes)
  return {
    capacityBytes,
    availableBytes: capacityBytes - usedBytes,
    usedBytes,
    inodes,
    inodesFree: Math.max(0, inodes - used.inodes),
  }
}
