import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  CompactedError,
  type Guard,
  type Key,
  type Revision,
  type Store,
  type Write,
} from '../contract/store.ts'
import { type Observation, watchViolations } from './guarantees.ts'
import {
  comparable,
  comparableCommit,
  comparableRange,
  comparableResult,
  createModel,
  type Model,
  watchedCommits,
} from './model.ts'
import { collectBatches, put, remove, type StoreUnderTest } from './subject.ts'

type Operation =
  | {
      readonly kind: 'commit'
      readonly guards: readonly Guess[]
      readonly writes: readonly Write[]
    }
  | {
      readonly kind: 'range'
      readonly prefix: Key
      readonly from: Key
      readonly limit: number
      readonly back: number
    }
  | { readonly kind: 'get'; readonly key: Key; readonly back: number }
  | { readonly kind: 'watch'; readonly prefix: Key; readonly back: number }
  | { readonly kind: 'compact'; readonly back: number }
  | { readonly kind: 'reopen' }

/** A guard that holds, or one `off` by some revisions. */
interface Guess {
  readonly key: Key
  readonly off: number
}

const keys = ['a', 'a/1', 'a/2', 'b', 'b/1', 'c'] as const
const prefixes = ['', 'a', 'a/', 'b', 'd'] as const
const anyKey = fc.constantFrom(...keys)
const back = fc.nat(12)
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      guards: fc.array(fc.record({ key: anyKey, off: fc.constantFrom(0, 0, 0, 1) }), {
        maxLength: 2,
      }),
      writes: fc.uniqueArray(
        fc.oneof(
          fc
            .record({ key: anyKey, text: fc.string({ maxLength: 5 }) })
            .map(({ key, text }) => put(key, text)),
          anyKey.map(remove),
        ),
        { maxLength: 3, selector: ({ key }) => key },
      ),
    }),
  },
  fc.record({
    kind: fc.constant('range' as const),
    prefix: fc.constantFrom(...prefixes),
    from: fc.constantFrom('', ...keys),
    limit: fc.nat(4),
    back,
  }),
  fc.record({ kind: fc.constant('get' as const), key: anyKey, back }),
  fc.record({ kind: fc.constant('watch' as const), prefix: fc.constantFrom(...prefixes), back }),
  fc.record({ kind: fc.constant('compact' as const), back }),
  fc.record({ kind: fc.constant('reopen' as const) }),
)

/** Random histories against the model; fast-check prints the seed and the shortest that fails. */
export async function anyHistory(
  open: () => Promise<StoreUnderTest>,
  numRuns: number,
): Promise<void> {
  const property = fc.asyncProperty(
    fc.array(anyOperation, { minLength: 5, maxLength: 40 }),
    async (operations) => {
      let subject = await open()
      try {
        const model = createModel(await subject.store.currentRevision())
        let compacted = model.revision
        for (const operation of operations) {
          if (operation.kind === 'reopen') subject = (await subject.reopen?.()) ?? subject
          else compacted = await step(subject.store, { model, compacted }, operation)
        }
        await compareWatch(subject.store, model, { prefix: '', after: compacted })
      } finally {
        await subject[Symbol.asyncDispose]()
      }
    },
  )
  await fc.assert(property, { numRuns })
}

/** Does one operation on both, compares, and returns the revision that is now compacted. */
async function step(
  store: Store,
  { model, compacted }: { readonly model: Model; readonly compacted: Revision },
  operation: Exclude<Operation, { kind: 'reopen' }>,
): Promise<Revision> {
  const revisionBack = (revisions: number) => Math.max(compacted, model.revision - revisions)
  switch (operation.kind) {
    case 'commit': {
      const guards = operation.guards.map(({ key, off }): Guard => {
        const modified = model.get(key)?.modified
        return {
          key,
          modified: modified === undefined && off === 0 ? 'absent' : (modified ?? 1) + off,
        }
      })
      const want = model.commit(guards, operation.writes)
      const got = await store.commit(guards, operation.writes)
      assert.deepEqual(comparableResult(got), comparableResult(want))
      return compacted
    }
    case 'range': {
      const query = { ...operation, at: revisionBack(operation.back) }
      const got = await store.range(query)
      assert.deepEqual(comparableRange(got), comparableRange(model.range(query)))
      return compacted
    }
    case 'get': {
      const at = revisionBack(operation.back)
      const got = await store.get(operation.key, at)
      assert.deepEqual(comparable(got), comparable(model.get(operation.key, at)))
      return compacted
    }
    case 'watch': {
      const after = revisionBack(operation.back)
      await compareWatch(store, model, { prefix: operation.prefix, after })
      return compacted
    }
    case 'compact': {
      const at = revisionBack(operation.back)
      if (at === compacted) return compacted
      await store.compact(at)
      await assert.rejects(store.range({ prefix: '', at: at - 1 }), CompactedError)
      return at
    }
  }
}

async function compareWatch(
  store: Store,
  model: Model,
  { prefix, after }: Omit<Observation, 'received'>,
): Promise<void> {
  const want = watchedCommits(model.commits, prefix, after)
  const received = await collectBatches(store, { prefix, after }, want.length)
  assert.deepEqual(received.map(comparableCommit), want.map(comparableCommit))
  assert.deepEqual(watchViolations(model.commits, { prefix, after, received }), [])
}
