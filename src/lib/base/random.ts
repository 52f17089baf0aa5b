import { createHash } from 'node:crypto'

/**
 * Chance and identity as inputs. The real source draws from the operating system; a seeded one
 * repeats itself exactly. Keys, tokens and certificates never come from here.
 */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** A random (version 4) UUID. */
  uuid(): string
  /**
   * An independent stream named by its purpose, so that a new draw in one place shifts no other.
   * The same purpose forked twice from one seeded source gives the same stream.
   */
  fork(purpose: string): Random
}

/** A whole number in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.floor(random.next() * bound)
}

/** A Random that can be put aside as data. */
export interface SeededRandom extends Random {
  fork(purpose: string): SeededRandom
  /** For `restoreRandom`. Forks are not part of it: each has a state of its own. */
  state(): RandomState
}

/** The state of a seeded generator is plain data, so that a snapshot can keep it. */
export interface RandomState {
  readonly seed: string
  /** Four 32-bit words. */
  readonly words: readonly number[]
}

/**
 * Makes a xoshiro128** generator of a seed that is hashed, so that neighbouring seeds give
 * unrelated streams.
 */
export function seededRandom(seed: number | string): SeededRandom {
  const digest = createHash('sha256').update(String(seed)).digest()
  const words = [0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset))
  return restoreRandom({ seed: String(seed), words })
}

/**
 * Goes on where `state` was taken. Its forks start from their beginning, so components that are
 * made anew over saved data would draw the identities they drew before: fork the root by the number
 * of the restart first (`fork('restart 2')`) and give them forks of that.
 */
export function restoreRandom({ seed, words }: RandomState): SeededRandom {
  const current = Uint32Array.from(words)
  const next32 = () => xoshiro128(current)
  return {
    next: () => next32() / 2 ** 32,
    uuid: () => uuidFrom(next32),
    fork: (purpose) => seededRandom(`${seed}/${purpose}`),
    state: () => ({ seed, words: [...current] }),
  }
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

/** One step of Blackman and Vigna's xoshiro128** 1.1 (public domain algorithm). */
function xoshiro128(state: Uint32Array): number {
  const a = state[0] ?? 0
  const b = state[1] ?? 0
  const c = state[2] ?? 0
  const d = state[3] ?? 0
  const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
  const shifted = b << 9
  const third = c ^ a
  const fourth = d ^ b
  state[1] = b ^ third
  state[0] = a ^ fourth
  state[2] = third ^ shifted
  state[3] = rotateLeft(fourth, 11)
  return result
}

function uuidFrom(next32: () => number): string {
  let hex = ''
  for (let i = 0; i < 4; i++) hex += next32().toString(16).padStart(8, '0')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}
