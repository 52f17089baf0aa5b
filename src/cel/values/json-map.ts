import { unescapeFieldName } from './escape.ts'
import { type CelKey, CelList, CelMap, type CelValue } from './values.ts'

/**
 * A map of JSON as Go's decoder gives it, all of whose numbers are doubles. Keys that no expression can
 * write behind a dot are found by their escaped names as well: `claims.example__dot__org`.
 */
export function jsonMapValue(json: Readonly<Record<string, unknown>>): CelValue {
  return new EscapedMap(Object.entries(json).map(([key, value]) => [key, () => valueOfJson(value)]))
}

function valueOfJson(json: unknown): CelValue {
  if (typeof json === 'bigint') return Number(json)
  if (Array.isArray(json)) {
    const items: readonly unknown[] = json
    return new CelList({ size: items.length, make: () => items.map(valueOfJson) })
  }
  // Cast: an object of JSON has texts for keys.
  if (typeof json === 'object' && json !== null) return jsonMapValue({ ...json })
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean'
    ? json
    : null
}

class EscapedMap extends CelMap {
  override get(key: CelKey): CelValue | undefined {
    return super.get(plainKey(key))
  }

  override has(key: CelKey): boolean {
    return super.has(plainKey(key))
  }
}

function plainKey(key: CelKey): CelKey {
  return typeof key === 'string' ? (unescapeFieldName(key) ?? key) : key
}
