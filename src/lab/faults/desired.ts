import { type Fault, type FaultType, type PartitionDirection, readDuration } from '#api'
import { type NodeCondition, soundNode } from '#node'
import type { RegistryCondition } from './fault-world.ts'

/** What one fault changes about its node. */
const effects: Partial<
  Record<FaultType, (fault: Fault, soFar: NodeCondition) => Partial<NodeCondition>>
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
  MemoryPressure: () => ({ memoryPressure: true }),
  DiskPressure: () => ({ diskPressure: true }),
  ClockSkew: ({ spec }, { clockOffsetMs }) => ({
    clockOffsetMs: clockOffsetMs + readDuration(spec.offset ?? '0'),
  }),
}

/** The condition that all faults of a node together ask for. */
export function desiredNode(faults: readonly Fault[]): NodeCondition {
  let condition = soundNode
  for (const fault of faults) {
    const effect = effects[fault.spec.type as FaultType]
    condition = { ...condition, ...effect?.(fault, condition) }
  }
  return condition
}

/** The parts of a node's condition that a fault touches; empty for faults of other things. */
export function touchedBy(fault: Fault): readonly (keyof NodeCondition)[] {
  const changed = desiredNode([fault])
  return (Object.keys(soundNode) as (keyof NodeCondition)[]).filter(
    (key) => changed[key] !== soundNode[key],
  )
}

const registryConditions: Partial<Record<FaultType, RegistryCondition>> = {
  RegistryDown: 'down',
  RegistryForbidden: 'forbidden',
  RegistrySlow: 'slow',
}

/** How a registry answers under all its faults: the worst of them wins. */
export function desiredRegistry(faults: readonly Fault[]): RegistryCondition {
  const asked = faults.map(({ spec }) => registryConditions[spec.type as FaultType])
  return (['down', 'forbidden', 'slow'] as const).find((each) => asked.includes(each)) ?? 'up'
}

function joined(a: PartitionDirection | undefined, b: PartitionDirection): PartitionDirection {
  return a === undefined || a === b ? b : 'Both'
}
