import type { Pod } from '#api'
import type { FilesystemUsage, InterfaceUsage, NodeFacts, NodeReadings } from '#host'
import { formatTime, type Stored } from '#machinery'
import type {
  ContainerStats,
  CpuStats,
  MemoryStats,
  RuntimeFilesystem,
  SandboxStats,
} from '#runtime'
import { containerNameLabel, podUidLabel } from '../model/labels.ts'
import type { ObservedPod } from '../model/observed.ts'

/** Nanoseconds per second of something's CPU, by what is known of it; undefined on a first look. */
export type Rate = (key: string, cpu: CpuStats) => number | undefined

export interface SummaryFacts {
  readonly nodeName: string
  readonly facts: Pick<NodeFacts, 'maxPids' | 'memoryBytes'>
  readonly readings: NodeReadings
  readonly imageFs: RuntimeFilesystem | undefined
  readonly containers: readonly ContainerStats[]
  readonly sandboxes: readonly SandboxStats[]
  readonly pods: readonly { readonly pod: Stored<Pod>; readonly observed: ObservedPod }[]
  /** When the kubelet began to measure, and now; wall time. */
  readonly sinceMs: number
  readonly nowMs: number
  readonly rate: Rate
}

/** The document under `/stats/summary` (upstream: stats/v1alpha1 Summary). Pure but for `rate`. */
export function summaryOf(given: SummaryFacts) {
  return { node: nodeStats(given), pods: given.pods.flatMap((each) => podStats(each, given)) }
}

function nodeStats({ nodeName, facts, readings, imageFs, sinceMs, nowMs, rate }: SummaryFacts) {
  const cpu: CpuStats = { atMs: nowMs, usageCoreNs: readings.cpuNs }
  const memory: MemoryStats = {
    atMs: nowMs,
    availableBytes: readings.memoryAvailableBytes,
    usageBytes: readings.memoryUsageBytes,
    workingSetBytes: readings.memoryWorkingSetBytes,
    rssBytes: readings.memoryRssBytes,
  }
  const [main, ...others] = readings.interfaces
  return {
    nodeName,
    startTime: formatTime(sinceMs),
    cpu: cpuStats('node', cpu, rate),
    memory: memoryStats(memory),
    ...(main ? { network: networkStats(main, others, nowMs) } : {}),
    fs: { ...onNode(readings.nodeFs, nowMs), ...used(readings.nodeFs) },
    ...(imageFs ? { runtime: { imageFs: ownFiles(imageFs, readings.nodeFs) } } : {}),
    rlimit: { time: formatTime(nowMs), maxpid: facts.maxPids, curproc: readings.runningPids },
  }
}

/** A pod without a sandbox and without containers has nothing to measure. */
function podStats(
  { pod, observed }: SummaryFacts['pods'][number],
  { containers, sandboxes, readings, sinceMs, nowMs, rate }: SummaryFacts,
) {
  const { name, namespace = '', uid } = pod.metadata
  const isOurs = ({ labels }: { readonly labels: Readonly<Record<string, string>> }) =>
    labels[podUidLabel] === uid
  const ready = observed.sandboxes.find(({ state }) => state === 'ready')?.id
  const sandbox = sandboxes.find(({ id }) => id === ready)
  const running = containers.filter((each) => isOurs(each) && each.cpu)
  if (!sandbox && running.length === 0) return []
  const startedMs = new Map(observed.containers.map(({ id, startedAtMs }) => [id, startedAtMs]))
  const { cpu, memory, network, processCount } = sandbox ?? {}
  return [
    {
      podRef: { name, namespace, uid },
      startTime: pod.status?.startTime ?? formatTime(sinceMs),
      containers: running.map((each) => ({
        name: each.labels[containerNameLabel] ?? each.metadata.name,
        startTime: formatTime(startedMs.get(each.id) ?? sinceMs),
        ...(each.cpu ? { cpu: cpuStats(each.id, each.cpu, rate) } : {}),
        ...(each.memory ? { memory: memoryStats(each.memory) } : {}),
        ...(each.writableLayer ? { rootfs: ownFiles(each.writableLayer, readings.nodeFs) } : {}),
      })),
      ...(cpu ? { cpu: cpuStats(sandbox?.id ?? uid, cpu, rate) } : {}),
      ...(memory ? { memory: memoryStats(memory) } : {}),
      ...(network?.default
        ? // containerd does not say when it read this; it reads all at once.
          { network: networkStats(network.default, network.others, network.atMs || nowMs) }
        : {}),
      ...(processCount === undefined ? {} : { process_stats: { process_count: processCount } }),
    },
  ]
}

function cpuStats(key: string, cpu: CpuStats, rate: Rate) {
  const usageNanoCores = cpu.usageNanoCores ?? rate(key, cpu)
  return {
    time: formatTime(cpu.atMs),
    ...(usageNanoCores === undefined ? {} : { usageNanoCores }),
    usageCoreNanoSeconds: cpu.usageCoreNs,
  }
}

function memoryStats({ atMs, rssBytes, ...memory }: MemoryStats) {
  return { time: formatTime(atMs), ...memory, ...(rssBytes === undefined ? {} : { rssBytes }) }
}

function networkStats(main: InterfaceUsage, others: readonly InterfaceUsage[], atMs: number) {
  const interfaces = [main, ...others].map(interfaceStats)
  return { time: formatTime(atMs), ...interfaceStats(main), interfaces }
}

function interfaceStats(usage: InterfaceUsage) {
  const { name, receivedBytes, receiveErrors, sentBytes, sendErrors } = usage
  return {
    name,
    rxBytes: receivedBytes,
    rxErrors: receiveErrors,
    txBytes: sentBytes,
    txErrors: sendErrors,
  }
}

/** The filesystem as a whole; who uses how much of it stands beside it. */
function onNode(
  { availableBytes, capacityBytes, inodes, inodesFree }: FilesystemUsage,
  atMs: number,
) {
  return { time: formatTime(atMs), availableBytes, capacityBytes, inodesFree, inodes }
}

function used({ usedBytes, inodes, inodesFree }: FilesystemUsage) {
  return { usedBytes, inodesUsed: inodes - inodesFree }
}

/** Images and writable layers share the node's disk. */
function ownFiles({ atMs, usedBytes, inodesUsed }: RuntimeFilesystem, nodeFs: FilesystemUsage) {
  return { ...onNode(nodeFs, atMs), usedBytes, inodesUsed }
}
