/** The bounds of each field of a schedule: minute, hour, day of month, month, day of week. */
const bounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const days = 'sun mon tue wed thu fri sat'.split(' ')
const named = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \d\S*)$/

/**
 * What is wrong with the text of a schedule, or undefined for one that can be read. The grammar and
 * the words are those of the cron library that upstream uses.
 */
export function scheduleError(schedule: string): string | undefined {
  if (schedule.startsWith('@')) {
    return named.test(schedule) ? undefined : `unrecognized descriptor: ${schedule}`
  }
  const fields = schedule.trim().split(/\s+/)
  if (fields.length !== bounds.length) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  }
  for (const [i, field] of fields.entries()) {
    for (const range of field.split(',')) {
      const error = rangeError(range, i)
      if (error) return error
    }
  }
  return undefined
}

function rangeError(range: string, index: number): string | undefined {
  const [low, high] = bounds[index] ?? [0, 0]
  const [span = '', step, ...more] = range.split('/')
  if (more.length > 0) return `too many slashes: ${range}`
  const ends = span === '*' || span === '?' ? [`${low}`, `${high}`] : span.split('-')
  if (ends.length > 2) return `too many hyphens: ${range}`
  const [start, end] = ends.map((text) => fieldValue(text, index))
  const first = ends[0] ?? ''
  if (start === undefined)
    return `failed to parse int from ${first}: strconv.Atoi: parsing "${first}": invalid syntax`
  const last = end ?? start
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${range}`
  if (last > high) return `end of range (${last}) above maximum (${high}): ${range}`
  if (start > last) return `beginning of range (${start}) beyond end of range (${last}): ${range}`
  if (step === undefined) return undefined
  return /^[1-9]\d*$/.test(step) ? undefined : `step of range should be a positive number: ${range}`
}

function fieldValue(text: string, index: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  const words = index === 3 ? months : index === 4 ? days : []
  const found = words.indexOf(text.toLowerCase())
  return found < 0 ? undefined : found + (index === 3 ? 1 : 0)
}
