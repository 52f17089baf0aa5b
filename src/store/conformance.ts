import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { isMarker, type Observation, watchViolations } from './guarantees.ts'
import {
  comparable,
  comparableCommit,
  comparableRange,
  comparableResult,
  createModel,
  type Model,
  watchedCommits,
} from './model.ts'
import {
  type Commit,
  CompactedError,
  FutureRevisionError,
  type Guard,
  type Key,
  type Revision,
  type Store,
  type Write,
} from './store.ts'

/** A store that a test has for itself: empty, at whatever revision. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store
  wallMs(): number
  /** Lets time pass for the store's expiry. */
  pass(ms: number): Promise<void>
  /** Closes the store and opens it on the same data; absent where nothing outlives the store. */
  reopen?(): Promise<StoreUnderTest>
}

export interface ConformanceOptions {
  /** Why the store cannot be tested here. */
  readonly skip?: string | undefined
  /** Random histories to try; default 60. */
  readonly runs?: number
  /** How soon a key may expire; default 1000. */
  readonly shortestExpiryMs?: number
}

type Body = (subject: StoreUnderTest, context: TestContext) => Promise<void>

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
    reads(it)
    watches(it)
    compaction(it)
    expiry(it, options.shortestExpiryMs ?? 1000)
    test('answers any history as the model does', { skip }, () =>
      anyHistory(open, options.runs ?? 60),
    )
  })
}

type It = (sentence: string, body: Body) => void

function commits(it: It): void {
  it('gives each commit the next revision', async ({ store }) => {
    const start = await store.currentRevision()
    for (const next of [1, 2, 3]) {
      const result = await store.commit([], [put('a', `${next}`)])
      assert.equal(result.ok && result.revision, start + next)
      assert.equal(await store.currentRevision(), start + next)
    }
  })

  it('counts versions from the creation of a key, anew after its deletion', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1')])
    await store.commit([], [put('a', '2')])
    const second = { key: 'a', created: start + 1, modified: start + 2, version: 2, text: '2' }
    assert.deepEqual(comparable(await store.get('a')), second)
    await store.commit([], [remove('a')])
    assert.equal(await store.get('a'), undefined)
    await store.commit([], [put('a', '3')])
    const third = { key: 'a', created: start + 4, modified: start + 4, version: 1, text: '3' }
    assert.deepEqual(comparable(await store.get('a')), third)
  })

  it('tells what a commit changed', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('b', '1'), put('c', '1')])
    const result = await store.commit([], [remove('c'), put('b', '2'), put('a', '2')])
    const before = { created: start + 1, modified: start + 1, version: 1, text: '1' }
    assert.deepEqual(comparableResult(result), {
      ok: true,
      revision: start + 2,
      changes: [
        {
          key: 'a',
          before: undefined,
          after: { key: 'a', created: start + 2, modified: start + 2, version: 1, text: '2' },
        },
        {
          key: 'b',
          before: { key: 'b', ...before },
          after: { key: 'b', created: start + 1, modified: start + 2, version: 2, text: '2' },
        },
        { key: 'c', before: { key: 'c', ...before }, after: undefined },
      ],
    })
  })

  it('takes no revision for a commit that changes nothing, and says so', async ({ store }) => {
    const start = await store.currentRevision()
    const nothing = { ok: true, revision: start, changes: [] }
    assert.deepEqual(await store.commit([], [remove('absent')]), nothing)
    assert.deepEqual(await store.commit([], []), nothing)
    assert.equal(await store.currentRevision(), start)
  })

  it('changes nothing when a guard fails, and shows what stands there', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1'), put('b', '1')])
    const stale: readonly Guard[][] = [
      [{ key: 'a', modified: 'absent' }],
      [{ key: 'a', modified: start }],
      [{ key: 'none', modified: start + 1 }],
      [
        { key: 'b', modified: start + 1 },
        { key: 'a', modified: start + 7 },
        { key: 'none', modified: 'absent' },
      ],
    ]
    for (const guards of stale) {
      const result = await store.commit(guards, [put('a', '2'), put('c', '2'), remove('b')])
      assert.ok(!result.ok)
      assert.deepEqual(
        result.current.map((value) => value?.key),
        guards.map(({ key }) => (key === 'none' ? undefined : key)),
      )
    }
    assert.deepEqual(await texts(store, ''), ['a=1', 'b=1'])
    assert.equal(await store.currentRevision(), start + 1)
  })

  it('commits when all guards hold', async ({ store }) => {
    const start = await store.currentRevision()
    const absent = [{ key: 'a', modified: 'absent' }] as const
    assert.ok((await store.commit(absent, [put('a', '1')])).ok)
    const guards = [
      { key: 'a', modified: start + 1 },
      { key: 'b', modified: 'absent' },
    ] as const
    assert.ok((await store.commit(guards, [remove('a'), put('b', '2')])).ok)
    assert.deepEqual(await texts(store, ''), ['b=2'])
  })

  it('lets exactly one of many writers with the same guard win', async ({ store }) => {
    await store.commit([], [put('counter', '0')])
    const increment = async () => {
      for (;;) {
        const now = await store.get('counter')
        assert.ok(now)
        const next = `${Number(text(now.value.bytes)) + 1}`
        const guard = { key: 'counter', modified: now.modified }
        if ((await store.commit([guard], [put('counter', next)])).ok) return
      }
    }
    await Promise.all(Array.from({ length: 16 }, increment))
    assert.deepEqual(await texts(store, 'counter'), ['counter=16'])
  })

  it('refuses one key twice in a commit, and keys without a UTF-8 form', async ({ store }) => {
    const duplicate = { code: 'StoreDuplicateKey' }
    await assert.rejects(store.commit([], [put('a', '1'), remove('a')]), duplicate)
    await assert.rejects(store.commit([], [put('a', '1'), put('a', '2')]), duplicate)
    await assert.rejects(store.commit([], [put('\ud800', '1')]), { code: 'StoreBadKey' })
    assert.deepEqual(await texts(store, ''), [])
  })

  it('keeps empty and large values and keys of any script', async ({ store }) => {
    const large = 'x'.repeat(1_000_000)
    await store.commit([], [put('empty', ''), put('large', large), put('ключ/鍵', 'é')])
    assert.equal(text((await store.get('empty'))?.value.bytes), '')
    assert.equal(text((await store.get('large'))?.value.bytes), large)
    assert.deepEqual(await texts(store, 'ключ/'), ['ключ/鍵=é'])
  })
}

function reads(it: It): void {
  it('reads exactly the keys under a prefix, in order', async ({ store }) => {
    for (const key of ['b/2', 'a', 'b', 'b/1', 'b0', 'b/10', 'c']) {
      await store.commit([], [put(key, '')])
    }
    const keys = async (prefix: Key) => (await store.range({ prefix })).values.map(({ key }) => key)
    assert.deepEqual(await keys('b/'), ['b/1', 'b/10', 'b/2'])
    assert.deepEqual(await keys('b'), ['b', 'b/1', 'b/10', 'b/2', 'b0'])
    assert.deepEqual(await keys(''), ['a', 'b', 'b/1', 'b/10', 'b/2', 'b0', 'c'])
    assert.deepEqual(await keys('d'), [])
  })

  it('reads page by page at one revision, whatever is written meanwhile', async ({ store }) => {
    for (const key of ['p/1', 'p/2', 'p/3', 'p/4', 'p/5', 'q']) {
      await store.commit([], [put(key, 'old')])
    }
    const first = await store.range({ prefix: 'p/', limit: 2 })
    assert.deepEqual([first.more, first.remaining], [true, 3])
    await store.commit([], [remove('p/1'), remove('p/3'), put('p/4', 'new'), put('p/35', 'new')])
    const at = first.revision
    const second = await store.range({ prefix: 'p/', from: 'p/2\0', limit: 2, at })
    const third = await store.range({ prefix: 'p/', from: 'p/4\0', limit: 2, at })
    assert.deepEqual([second.more, second.remaining, second.revision], [true, 1, at])
    assert.deepEqual([third.more, third.remaining], [false, 0])
    const keys = [first, second, third].flatMap(({ values }) => values.map(({ key }) => key))
    assert.deepEqual(keys, ['p/1', 'p/2', 'p/3', 'p/4', 'p/5'])
    assert.deepEqual(await texts(store, 'p/'), ['p/2=old', 'p/35=new', 'p/4=new', 'p/5=old'])
  })

  it('reads a key as it stood at a revision', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1')])
    await store.commit([], [remove('a')])
    await store.commit([], [put('a', '3')])
    const at = async (revision: Revision) => text((await store.get('a', revision))?.value.bytes)
    assert.deepEqual(
      [await at(start), await at(start + 1), await at(start + 2), await at(start + 3)],
      ['', '1', '', '3'],
    )
  })

  it('refuses to read or watch the future', async ({ store }) => {
    const next = (await store.currentRevision()) + 1
    await assert.rejects(store.range({ prefix: '', at: next }), FutureRevisionError)
    await assert.rejects(store.get('a', next), FutureRevisionError)
    await assert.rejects(collect(store, { prefix: '', after: next }, 1), FutureRevisionError)
    await assert.rejects(store.compact(next), FutureRevisionError)
  })
}

function watches(it: It): void {
  it('delivers what is Ordered, Unique, Atomic and Reliable while many write', async (subject) => {
    const { store } = subject
    const start = await store.currentRevision()
    const early = collect(store, { prefix: 'w/', after: start }, 120)
    const writer = async (index: number) => {
      for (let round = 0; round < 15; round++) {
        await store.commit([], [put(`w/${index}`, `${round}`), put(`w/x${index}`, `${round}`)])
        if (round % 3 === 0) await store.commit([], [put('elsewhere', `${round}`)])
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, index) => writer(index)))
    const late = collect(store, { prefix: 'w/', after: start }, 120)
    const truth = await collect(store, { prefix: '', after: start }, 160)
    assert.deepEqual(watchViolations(truth, { prefix: '', after: start, received: truth }), [])
    for (const received of [await early, await late]) {
      assert.equal(received.length, 120)
      assert.deepEqual(watchViolations(truth, { prefix: 'w/', after: start, received }), [])
    }
  })

  it('is Resumable from each revision, with nothing lost or repeated', async ({ store }) => {
    const start = await store.currentRevision()
    for (let round = 0; round < 6; round++) await store.commit([], [put('a', `${round}`)])
    const truth = await collect(store, { prefix: '', after: start }, 6)
    for (let after = start; after < start + 6; after++) {
      const received = await collect(store, { prefix: '', after }, start + 6 - after)
      assert.deepEqual(
        received.map(comparableCommit),
        truth.slice(after - start).map(comparableCommit),
      )
    }
  })

  it('is Bookmarkable: answers a request for progress where nothing happens', async (subject) => {
    const { store } = subject
    await store.commit([], [put('w/1', '')])
    const start = await store.currentRevision()
    const abort = new AbortController()
    const received: Commit[] = []
    const watch = (async () => {
      for await (const batch of store.watch('w/', start, abort.signal)) received.push(...batch)
    })()
    for (let round = 0; round < 5; round++) await store.commit([], [put('elsewhere', `${round}`)])
    const wanted = await store.currentRevision()
    await eventually(subject, async () => {
      await store.requestProgress('w/')
      return received.some((commit) => isMarker(commit) && commit.revision >= wanted)
    })
    await store.commit([], [put('w/2', '')])
    await eventually(subject, () => Promise.resolve(received.some((commit) => !isMarker(commit))))
    abort.abort()
    await watch
    const truth = await collect(store, { prefix: '', after: start }, 6)
    assert.deepEqual(watchViolations(truth, { prefix: 'w/', after: start, received }), [])
  })

  it('shows each change with the value before it', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1')])
    await store.commit([], [put('a', '2')])
    await store.commit([], [remove('a')])
    const received = await collect(store, { prefix: 'a', after: start }, 3)
    const sides = received.flatMap(({ changes }) =>
      changes.map(({ before, after }) => [text(before?.value.bytes), text(after?.value.bytes)]),
    )
    assert.deepEqual(sides, [
      ['', '1'],
      ['1', '2'],
      ['2', ''],
    ])
  })

  it('ends without error when the signal aborts, at once or while waiting', async ({ store }) => {
    const after = await store.currentRevision()
    const batches = async (signal: AbortSignal) => Array.fromAsync(store.watch('', after, signal))
    assert.deepEqual(await batches(AbortSignal.abort()), [])
    const abort = new AbortController()
    const waiting = batches(abort.signal)
    await store.currentRevision()
    abort.abort()
    assert.deepEqual(await waiting, [])
  })

  it('ends its watches when it closes, and answers nothing more', async ({ store }) => {
    const after = await store.currentRevision()
    const watch = collect(store, { prefix: '', after }, 1)
    const ended = assert.rejects(watch, { code: 'StoreClosed' })
    await store.currentRevision()
    await store[Symbol.asyncDispose]()
    await ended
    await assert.rejects(store.range({ prefix: '' }), { code: 'StoreClosed' })
    await assert.rejects(store.commit([], [put('a', '')]), { code: 'StoreClosed' })
  })

  it('gives a watcher that compaction overtakes everything or an error', async ({ store }) => {
    const start = await store.currentRevision()
    const abort = new AbortController()
    const watch = store.watch('', start, abort.signal)[Symbol.asyncIterator]()
    await store.commit([], [put('a', '0')])
    const received: Commit[] = [...((await watch.next()).value ?? [])]
    for (let round = 1; round <= 40; round++) await store.commit([], [put('a', `${round}`)])
    await store.compact(start + 41)
    try {
      while (received.length < 41) received.push(...((await watch.next()).value ?? []))
    } catch (error) {
      assert.ok(error instanceof CompactedError, String(error))
    }
    assert.deepEqual(
      received.map(({ revision }) => revision),
      received.map((_, at) => start + 1 + at),
    )
    abort.abort()
    await watch.return?.()
  })
}

function compaction(it: It): void {
  it('forgets what is compacted and keeps the rest', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1'), put('gone', '1'), put('still', '1')])
    await store.commit([], [put('a', '2')])
    await store.commit([], [remove('gone')])
    await store.commit([], [put('a', '4')])
    await store.compact(start + 3)
    const isCompacted = (error: unknown) => {
      assert.ok(error instanceof CompactedError)
      assert.equal(error.compactRevision, start + 3)
      return true
    }
    await assert.rejects(store.range({ prefix: '', at: start + 2 }), CompactedError)
    await assert.rejects(store.get('a', start + 2), CompactedError)
    await assert.rejects(collect(store, { prefix: '', after: start + 1 }, 1), isCompacted)
    await assert.rejects(store.compact(start + 3), CompactedError)
    const { values } = await store.range({ prefix: '', at: start + 3 })
    assert.deepEqual(
      values.map(({ key, value }) => `${key}=${text(value.bytes)}`),
      ['a=2', 'still=1'],
    )
    assert.deepEqual(await texts(store, ''), ['a=4', 'still=1'])
    const rest = await collect(store, { prefix: '', after: start + 3 }, 1)
    assert.deepEqual(
      rest.map(({ revision }) => revision),
      [start + 4],
    )
  })
}

function expiry(it: It, shortestMs: number): void {
  it('deletes what expires by a commit of its own, and only that', async (subject) => {
    const { store } = subject
    const start = await store.currentRevision()
    const soon = subject.wallMs() + shortestMs
    await store.commit([], [put('e/soon', '', soon), put('e/never', '')])
    await store.commit([], [put('e/kept', '', soon), put('e/later', '', soon + 3_600_000)])
    await store.commit([], [put('e/kept', 'without expiry')])
    const keys = async () => (await store.range({ prefix: 'e/' })).values.map(({ key }) => key)
    assert.deepEqual(await keys(), ['e/kept', 'e/later', 'e/never', 'e/soon'])
    await eventually(subject, async () => (await keys()).length === 3)
    assert.ok(subject.wallMs() >= soon)
    assert.deepEqual(await keys(), ['e/kept', 'e/later', 'e/never'])
    const received = await collect(store, { prefix: 'e/', after: start + 3 }, 1)
    assert.deepEqual(
      received.map(({ revision, changes }) => [revision, changes.map(({ key }) => key)]),
      [[start + 4, ['e/soon']]],
    )
  })

  it('keeps values, history and expiry over a restart, and goes on counting', async (subject, t) => {
    if (subject.reopen === undefined) return t.skip('nothing outlives this store')
    const start = await subject.store.currentRevision()
    await subject.store.commit([], [put('a', '1')])
    await subject.store.commit([], [put('a', '2'), put('b', '2', subject.wallMs() + shortestMs)])
    await subject.store.commit([], [put('c', '3')])
    await subject.store.compact(start + 1)
    const before = await collect(subject.store, { prefix: '', after: start + 1 }, 2)
    await using again = await subject.reopen()
    const { store } = again
    assert.equal(await store.currentRevision(), start + 3)
    assert.deepEqual(await texts(store, ''), ['a=2', 'b=2', 'c=3'])
    assert.equal(text((await store.get('a', start + 1))?.value.bytes), '1')
    await assert.rejects(store.get('a', start), CompactedError)
    const after = await collect(store, { prefix: '', after: start + 1 }, 2)
    assert.deepEqual(after.map(comparableCommit), before.map(comparableCommit))
    await eventually(again, async () => (await store.get('b')) === undefined)
    assert.equal(await store.currentRevision(), start + 4)
  })
}

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
async function anyHistory(open: () => Promise<StoreUnderTest>, numRuns: number): Promise<void> {
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
  const received = await collect(store, { prefix, after }, want.length)
  assert.deepEqual(received.map(comparableCommit), want.map(comparableCommit))
  assert.deepEqual(watchViolations(model.commits, { prefix, after, received }), [])
}

/** The first `count` commits of a watch, markers left out. */
async function collect(
  store: Store,
  { prefix, after }: Omit<Observation, 'received'>,
  count: number,
): Promise<readonly Commit[]> {
  const abort = new AbortController()
  const received: Commit[] = []
  if (count === 0) return received
  for await (const batch of store.watch(prefix, after, abort.signal)) {
    received.push(...batch.filter((commit) => !isMarker(commit)))
    if (received.length >= count) break
  }
  return received
}

/** Lets time pass in small steps until the condition holds; 20 s at most. */
async function eventually(
  { pass }: Pick<StoreUnderTest, 'pass'>,
  condition: () => Promise<boolean>,
): Promise<void> {
  for (let passedMs = 0; passedMs < 20_000; passedMs += 100) {
    if (await condition()) return
    await pass(100)
  }
  assert.fail('it did not come to pass within 20 s')
}

function put(key: Key, value: string, expiresAtMs?: number): Write {
  const bytes = new TextEncoder().encode(value)
  return {
    kind: 'put',
    key,
    value: { bytes },
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  }
}

function remove(key: Key): Write {
  return { kind: 'delete', key }
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

async function texts(store: Store, prefix: Key): Promise<readonly string[]> {
  const { values } = await store.range({ prefix })
  return values.map(({ key, value }) => `${key}=${text(value.bytes)}`)
}
