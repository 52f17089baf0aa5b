import { describe, test } from 'node:test'
import { commits, sizes } from './conformance/commits.ts'
import { compaction } from './conformance/compaction.ts'
import { expiry } from './conformance/expiry.ts'
import { anyHistory } from './conformance/history.ts'
import { reads } from './conformance/reads.ts'
import type { Body, StoreUnderTest } from './conformance/subject.ts'
import { watches } from './conformance/watches.ts'

export type { StoreUnderTest } from './conformance/subject.ts'

export interface ConformanceOptions {
  /** Why the store cannot be tested here. */
  readonly skip?: string | undefined
  /** Random histories to try; default 60. */
  readonly runs?: number
  /** How soon a key may expire; default 1000. */
  readonly shortestExpiryMs?: number
  /** How many bytes a commit of the store may write; absent where there is no bound. */
  readonly maxRequestBytes?: number
}

/** Registers, with node:test, what every Store must make true. */
export function storeConformance(
  name: string,
  open: () => Promise<StoreUnderTest>,
  options: ConformanceOptions = {},
): void {
  const skip = options.skip ?? false
  const it = (sentence: string, body: Body) =>
    test(sentence, { skip }, async (context) => {
      await using subject = await open()
      await body(subject, context)
    })
  describe(`${name} store`, () => {
    commits(it)
    if (options.maxRequestBytes !== undefined) sizes(it, options.maxRequestBytes)
    reads(it)
    watches(it)
    compaction(it)
    expiry(it, options.shortestExpiryMs ?? 1000)
    test('answers any history as the model does', { skip }, () =>
      anyHistory(open, options.runs ?? 60),
    )
  })
}
