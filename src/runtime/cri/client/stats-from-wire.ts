import type {
  ContainerStats,
  CpuStats,
  MemoryStats,
  NetworkInterfaceStats,
  SandboxStats,
} from '../../model/stats.ts'
import type * as wire from '../generated/messages.ts'
import { filesystemFromWire, milliseconds, sandboxMetadataFromWire } from './from-wire.ts'

export function containerStatsFromWire(stats: wire.ContainerStats): ContainerStats {
  const { attributes, cpu, memory, swap, writableLayer } = stats
  return {
    id: attributes?.id ?? '',
    metadata: attributes?.metadata ?? { name: '', attempt: 0 },
    labels: attributes?.labels ?? {},
    annotations: attributes?.annotations ?? {},
    ...(cpu ? { cpu: cpuFromWire(cpu) } : {}),
    ...(memory ? { memory: memoryFromWire(memory) } : {}),
    ...(swap?.swapUsageBytes
      ? { swap: { atMs: milliseconds(swap.timestamp), usageBytes: swap.swapUsageBytes.value } }
      : {}),
    ...(writableLayer ? { writableLayer: filesystemFromWire(writableLayer) } : {}),
  }
}

export function sandboxStatsFromWire(stats: wire.PodSandboxStats): SandboxStats {
  const { attributes, linux } = stats
  return {
    id: attributes?.id ?? '',
    metadata: sandboxMetadataFromWire(attributes?.metadata ?? null),
    labels: attributes?.labels ?? {},
    annotations: attributes?.annotations ?? {},
    ...(linux?.cpu ? { cpu: cpuFromWire(linux.cpu) } : {}),
    ...(linux?.memory ? { memory: memoryFromWire(linux.memory) } : {}),
    ...(linux?.network ? { network: networkFromWire(linux.network) } : {}),
    ...(linux?.process?.processCount ? { processCount: linux.process.processCount.value } : {}),
    containers: (linux?.containers ?? []).map(containerStatsFromWire),
  }
}

function cpuFromWire(cpu: wire.CpuUsage): CpuStats {
  return {
    atMs: milliseconds(cpu.timestamp),
    usageCoreNs: cpu.usageCoreNanoSeconds?.value ?? 0,
    ...(cpu.usageNanoCores ? { usageNanoCores: cpu.usageNanoCores.value } : {}),
  }
}

function memoryFromWire(memory: wire.MemoryUsage): MemoryStats {
  const figure = <K extends string>(key: K, value: wire.UInt64Value | null) =>
    (value ? { [key]: value.value } : {}) as { readonly [P in K]?: number }
  return {
    atMs: milliseconds(memory.timestamp),
    workingSetBytes: memory.workingSetBytes?.value ?? 0,
    ...figure('usageBytes', memory.usageBytes),
    ...figure('availableBytes', memory.availableBytes),
    ...figure('rssBytes', memory.rssBytes),
    ...figure('pageFaults', memory.pageFaults),
    ...figure('majorPageFaults', memory.majorPageFaults),
  }
}

function networkFromWire(network: wire.NetworkUsage): NonNullable<SandboxStats['network']> {
  const main = network.defaultInterface
  return {
    atMs: milliseconds(network.timestamp),
    ...(main ? { default: interfaceFromWire(main) } : {}),
    others: network.interfaces.map(interfaceFromWire),
  }
}

function interfaceFromWire(usage: wire.NetworkInterfaceUsage): NetworkInterfaceStats {
  return {
    name: usage.name,
    receivedBytes: usage.rxBytes?.value ?? 0,
    receiveErrors: usage.rxErrors?.value ?? 0,
    sentBytes: usage.txBytes?.value ?? 0,
    sendErrors: usage.txErrors?.value ?? 0,
  }
}
