import type { NodeReadings } from '#host'
import { formatQuantity, parseQuantity, quantityNumber, quantityOf } from '#machinery/quantity'

/** What a node can run short of, in the words of eviction's messages. */
type ShortResource = 'memory' | 'ephemeral-storage' | 'inodes' | 'pids'

/** A threshold that is crossed. */
export interface Shortage {
  /** `memory.available` */
  readonly signal: string
  readonly resource: ShortResource
  readonly condition: 'memory' | 'disk' | 'pid'
  /** As messages show them: `100Mi`. */
  readonly threshold: string
  readonly available: string
}

interface Signal {
  readonly resource: ShortResource
  readonly condition: Shortage['condition']
  readonly measure: (readings: NodeReadings) => {
    readonly available: number
    readonly capacity: number
  }
}

const disk = (readings: NodeReadings) => ({
  available: readings.nodeFs.availableBytes,
  capacity: readings.nodeFs.capacityBytes,
})

/** Memory first: it is what cannot wait (upstream orders signals so). Images share the node's disk. */
const signals: readonly (readonly [string, Signal])[] = Object.entries<Signal>({
  'memory.available': {
    resource: 'memory',
    condition: 'memory',
    measure: ({ memoryAvailableBytes: available, memoryWorkingSetBytes }) => ({
      available,
      capacity: available + memoryWorkingSetBytes,
    }),
  },
  'nodefs.available': { resource: 'ephemeral-storage', condition: 'disk', measure: disk },
  'imagefs.available': { resource: 'ephemeral-storage', condition: 'disk', measure: disk },
  'nodefs.inodesFree': {
    resource: 'inodes',
    condition: 'disk',
    measure: ({ nodeFs }) => ({ available: nodeFs.inodesFree, capacity: nodeFs.inodes }),
  },
})

/** The hard thresholds that the readings cross, in the order in which they are dealt with. */
export function shortagesOf(
  thresholds: Readonly<Record<string, string>>,
  readings: NodeReadings,
): readonly Shortage[] {
  const shortages: Shortage[] = []
  for (const [name, { resource, condition, measure }] of signals) {
    const text = thresholds[name]
    if (text === undefined) continue
    const { available, capacity } = measure(readings)
    const limit = limitOf(text, capacity)
    if (available >= limit) continue
    const [threshold, left] = [shown(limit), shown(available)]
    shortages.push({ signal: name, resource, condition, threshold, available: left })
  }
  return shortages
}

/** `10%` of what there is, or a quantity. */
function limitOf(text: string, capacity: number): number {
  if (text.endsWith('%')) return (capacity * Number(text.slice(0, -1))) / 100
  return quantityNumber(parseQuantity(text))
}

function shown(bytes: number): string {
  return formatQuantity(quantityOf(Math.round(bytes), 'BinarySI'))
}
