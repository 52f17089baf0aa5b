/** How large the values of a schema can be in one request, by upstream's reckoning. */
import type { CelType } from '#cel'
import type { Structural } from '#machinery/structural'

/** The largest request in bytes. */
const maxRequest = 3 * 1024 * 1024
/** A letter takes so many bytes at most. */
const bytesPerLetter = 4
const maxTime = 32
const dateLength = 12

/** At most so many letters, elements or entries; undefined for what has none. */
export function maxSizeOf(node: Structural, { kind }: CelType): number | undefined {
  const { maxItems, maxProperties } = node.props
  switch (kind) {
    case 'list':
      return atLeastZero(maxItems) ?? Math.floor((maxRequest - 2) / (smallest(node.items) + 1))
    case 'map': {
      const others = typeof node.additional === 'object' ? node.additional : undefined
      return atLeastZero(maxProperties) ?? Math.floor((maxRequest - 2) / (smallest(others) + 6))
    }
    case 'intOrString':
    case 'string':
      return longestText(node)
    case 'bytes':
      return atLeastZero(node.props.maxLength) ?? maxRequest - 2
    case 'timestamp':
    case 'duration':
      return maxTime
    case 'date':
      return dateLength
    default:
      return undefined
  }
}

function atLeastZero(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(0, value)
}

function longestText({ props, isIntOrString }: Structural): number {
  const length = atLeastZero(props.maxLength)
  if (length !== undefined) return length * bytesPerLetter
  if (isIntOrString || !props.enum?.length) return maxRequest - 2
  return Math.max(0, ...props.enum.map((v) => (typeof v === 'string' ? Buffer.byteLength(v) : 0)))
}

const formatSizes: Readonly<Record<string, number>> = { duration: 3, date: 12, 'date-time': 21 }

/** The fewest bytes of a value in JSON. */
function smallest(node: Structural | undefined): number {
  if (!node || node.isIntOrString) return 1
  switch (node.type) {
    case 'object':
      return smallestObject(node)
    case 'array':
      return 2
    case 'string':
      return formatSizes[node.format] ?? 2
    case 'boolean':
      return 4
    default:
      return 1
  }
}

/** What is required has to be there, unless it is filled in. */
function smallestObject({ properties, props, additional }: Structural): number {
  let size = 2
  if (typeof additional === 'object') return size
  for (const name of new Set(props.required)) {
    const property = properties.get(name)
    if (property && property.default === undefined) size += name.length + smallest(property) + 4
  }
  return size
}

/** How often a value can stand in one request, where nothing around it says so. */
export function mostOften(node: Structural): number {
  return Math.floor(maxRequest / (smallest(node) + 1))
}

/** How many values each of those around them can have at most; undefined where there is no bound. */
export function factorOf({ type, props, additional }: Structural): number | undefined {
  if (type === 'array') return atLeastZero(props.maxItems)
  if (type === 'object' && additional !== undefined) return atLeastZero(props.maxProperties)
  return 1
}
