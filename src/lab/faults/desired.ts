import {
  type Fault,
  type FaultTypeOf,
  type PartitionDirection,
  readBandwidth,
  readDuration,
  readLoss,
} from '#api'
import { type ContainerHarm, type FaultState, type LinkFault, noFaults } from '#node'
import type { RegistryCondition } from './fault-targets.ts'

/** What each type of fault that is done to a node changes in its condition. */
const effects: Readonly<
  Record<FaultTypeOf<'node'>, (fault: Fault, soFar: FaultState) => Partial<FaultState>>
> = {
  NodeCrash: () => ({ crashed: true }),
  KubeletHang: () => ({ hung: true }),
  NodePartition: ({ spec }, { partition }) => ({
    partition: joined(partition, (spec.direction ?? 'Both') as PartitionDirection),
  }),
  SlowWatch: ({ spec }, { watchDelayMs }) => ({
    watchDelayMs: Math.max(watchDelayMs, readDuration(spec.delay ?? '0')),
  }),
  EngineDown: () => ({ engineDown: true }),
  NetworkNotReady: () => ({ networkNotReady: true }),
  DnsDown: () => ({ dnsDown: true }),
  DnsSlow: ({ spec }, { dnsDelayMs }) => ({
    dnsDelayMs: Math.max(dnsDelayMs, readDuration(spec.delay ?? '0')),
  }),
  LinkPartition: (fault, soFar) => withLink(fault, soFar, { isCut: true }),
  PacketLoss: (fault, soFar) =>
    withLink(fault, soFar, { lossRate: readLoss(fault.spec.loss ?? '0%') ?? 0 }),
  NetworkDelay: (fault, soFar) =>
    withLink(fault, soFar, { delayMs: readDuration(fault.spec.delay ?? '0') }),
  BandwidthLimit: (fault, soFar) =>
    withLink(fault, soFar, { bitsPerSecond: readBandwidth(fault.spec.bandwidth ?? '') ?? 1 }),
  ServiceRulesDelayed: ({ spec }, { heldServices }) => ({
    heldServices: [...heldServices, `${spec.namespace ?? 'default'}/${spec.service}`],
  }),
  MemoryPressure: () => ({ memoryPressure: true }),
  DiskPressure: () => ({ diskPressure: true }),
  ClockSkew: ({ spec }, { clockOffsetMs }) => ({
    clockOffsetMs: clockOffsetMs + readDuration(spec.offset ?? '0'),
  }),
}

/** One more thing that is done to packets. */
function withLink(
  { spec: { peer, namespace, selector } }: Fault,
  { links }: FaultState,
  effect: Partial<LinkFault>,
): Pick<FaultState, 'links'> {
  const whose = {
    ...(peer === undefined ? {} : { peer }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(selector === undefined ? {} : { selector }),
  }
  return { links: [...links, { ...whose, lossRate: 0, delayMs: 0, ...effect }] }
}

/** Returns the condition that all faults of a node together ask for. */
export function desiredNode(faults: readonly Fault[]): FaultState {
  let condition = noFaults
  for (const fault of faults) {
    const effect = ofType(effects, fault)
    condition = { ...condition, ...effect?.(fault, condition) }
  }
  return condition
}

/** Returns the parts of a node's condition that a fault changes; none for faults of registries and containers. */
export function affectedParts(fault: Fault): readonly (keyof FaultState)[] {
  const changed = desiredNode([fault])
  return (Object.keys(noFaults) as (keyof FaultState)[]).filter(
    (key) => changed[key] !== noFaults[key],
  )
}

const registryConditions: Readonly<Record<FaultTypeOf<'registry'>, RegistryCondition>> = {
  RegistryDown: 'down',
  RegistryForbidden: 'forbidden',
  RegistrySlow: 'slow',
}

const harms: Readonly<Record<string, ContainerHarm>> = {
  OutOfMemory: 'outOfMemory',
  ContainerCrash: 'crash',
  ContainerHang: 'hang',
}

/** Returns what a fault does to a container; undefined for one that breaks something else. */
export function harmOf(fault: Fault): ContainerHarm | undefined {
  return ofType(harms, fault)
}

/** Returns how a registry answers under all its faults: the worst of them wins. */
export function desiredRegistry(faults: readonly Fault[]): RegistryCondition {
  const asked = faults.map((fault) => ofType(registryConditions, fault))
  return (['down', 'forbidden', 'slow'] as const).find((each) => asked.includes(each)) ?? 'up'
}

/** What a table says of the type of a fault; undefined where it is of other targets. */
function ofType<T>(table: Readonly<Record<string, T>>, { spec }: Fault): T | undefined {
  return Object.hasOwn(table, spec.type) ? table[spec.type] : undefined
}

function joined(a: PartitionDirection | undefined, b: PartitionDirection): PartitionDirection {
  return a === undefined || a === b ? b : 'Both'
}
