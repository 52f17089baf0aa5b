import { randomBytes, randomFillSync, randomUUID } from 'node:crypto'
import type { Random } from '../base/random.ts'

/** The operating system's cryptographic source. Forks need no independence: every draw is its own. */
export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  uuid: () => randomUUID(),
  fork: () => systemRandom,
}

/**
 * Secret bytes for keys and tokens. Not part of `Random`: secrets never come from a seed, which is
 * why a simulation's guard lets `randomFillSync` pass and nothing else.
 */
export function secretBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length))
}
