import { strictFaults } from '../../status/decode-errors.ts'
import { readExactly } from '../../values/json.ts'
import { findFieldFaults } from './json-scanner.ts'

interface JsonLimits {
  /** Upstream allows 10000; what our own recursive code surely bears is less. */
  readonly maxDepth: number
}

export interface DecodedJson {
  /** Of a key that occurs twice in one object the last value counts, as in Go. */
  readonly value: unknown
  /** True when some object has a key more than once. */
  readonly hasDuplicates: boolean
  /**
   * What strict decoding lists, in the order of the text: `duplicate field "a"`, and `unknown field
   * "spec.b"` for the paths that are given.
   */
  faults(unknownFields: readonly string[]): readonly string[]
}

const jsonLimits: JsonLimits = { maxDepth: 1000 }

// Go replaces invalid UTF-8 and does not know byte order marks.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Decodes JSON from outside. One cheap pass bounds the depth and counts the keys, then the native
 * parser works; only a text that fails or repeats keys is read again by the scanner that explains.
 * @throws Error with Go's text: `invalid character '}' looking for beginning of object key string`.
 */
export function decodeJson(source: Uint8Array | string, limits = jsonLimits): DecodedJson {
  const text = typeof source === 'string' ? source : utf8.decode(source)
  const { depth, keys, hasLongNumber } = measure(text)
  if (depth > limits.maxDepth) throw new Error('exceeded max depth')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    findFieldFaults(text)
    throw error
  }
  if (hasLongNumber) value = readExactly(text)
  if (countKeys(value) === keys) return { value, hasDuplicates: false, faults: strictFaults }
  return {
    value,
    hasDuplicates: true,
    faults: (unknown) =>
      findFieldFaults(text, new Set(unknown)).map(
        ({ kind, path }) => `${kind} field ${JSON.stringify(path)}`,
      ),
  }
}

const quote = 0x22
const backslash = 0x5c
/** Every integer of so many digits is exact. */
const exactDigits = 15

interface Measures {
  readonly depth: number
  readonly keys: number
  /** Whether there are more digits in a row, outside of texts, than a number surely holds. */
  readonly hasLongNumber: boolean
}

/** True for a text that is JSON, and harmless for any other. */
function measure(text: string): Measures {
  let [open, depth, keys, digits, hasLongNumber] = [0, 0, 0, 0, false]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      if (++digits > exactDigits) hasLongNumber = true
      continue
    }
    digits = 0
    switch (code) {
      case quote:
        i = endOfString(text, i)
        break
      case 0x3a: // a colon
        keys++
        break
      case 0x5b: // brackets and braces
      case 0x7b:
        if (++open > depth) depth = open
        break
      case 0x5d:
      case 0x7d:
        open--
        break
    }
  }
  return { depth, keys, hasLongNumber }
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) return i
    if (code === backslash) i++
  }
  return text.length
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item)
    return count
  }
  for (const key in value) count += 1 + countKeys((value as Record<string, unknown>)[key])
  return count
}
