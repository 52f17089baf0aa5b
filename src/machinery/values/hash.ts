import { type Random, randomInt } from '#lib'

/** No vowels and no digits that look like them: words that form by chance offend nobody. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
const maxNameLength = 63

/** The 32-bit FNV-1a hash of a text's UTF-8 bytes. */
export function fnv32a(text: string): number {
  return hash(text, (state, byte) => Math.imul(state ^ byte, 0x01000193))
}

/** Any text in the alphabet of generated names (apimachinery's `rand.SafeEncodeString`). */
export function safeEncodeString(text: string): string {
  let out = ''
  for (const byte of Buffer.from(text)) out += alphabet[byte % alphabet.length]
  return out
}

/**
 * The hash in names like `web-7d4b9c8f6d`: the same for the same JSON value, whatever the order of
 * its members. `collisions` tells apart values whose hashes were taken.
 */
export function templateHash(value: unknown, collisions?: number): string {
  const text = JSON.stringify(value, sortMembers) + (collisions === undefined ? '' : collisions)
  return safeEncodeString(String(fnv32a(text)))
}

/** A random word of the given length in the alphabet of generated names. */
export function randomSuffix(random: Random, length: number = suffixLength): string {
  let out = ''
  for (let i = 0; i < length; i++) out += alphabet[randomInt(random, alphabet.length)]
  return out
}

/** A name for a `generateName` prefix: cut to leave room, then five random characters. */
export function generateName(prefix: string, random: Random): string {
  return prefix.slice(0, maxNameLength - suffixLength) + randomSuffix(random)
}

function hash(text: string, step: (state: number, byte: number) => number): number {
  let state = 0x811c9dc5
  for (const byte of Buffer.from(text)) state = step(state, byte)
  return state >>> 0
}

function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
