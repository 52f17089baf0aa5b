import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Commit, Key, Store, Write } from '../contract/store.ts'
import { isMarker, type Observation } from './guarantees.ts'

/** A store that a test has for itself: empty, at whatever revision. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store
  wallMs(): number
  /** Lets time pass for the store's expiry. */
  pass(ms: number): Promise<void>
  /** Closes the store and opens it on the same data; absent where nothing outlives the store. */
  reopen?(): Promise<StoreUnderTest>
}

export type Body = (subject: StoreUnderTest, context: TestContext) => Promise<void>

export type It = (sentence: string, body: Body) => void

/** The first `count` commits of a watch, markers left out. */
export async function collectBatches(
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
export async function untilTrue(
  { pass }: Pick<StoreUnderTest, 'pass'>,
  condition: () => Promise<boolean>,
): Promise<void> {
  for (let passedMs = 0; passedMs < 20_000; passedMs += 100) {
    if (await condition()) return
    await pass(100)
  }
  assert.fail('it did not come to pass within 20 s')
}

export function put(key: Key, value: string, expiresAtMs?: number): Write {
  const bytes = new TextEncoder().encode(value)
  return {
    kind: 'put',
    key,
    value: { bytes },
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  }
}

export function remove(key: Key): Write {
  return { kind: 'delete', key }
}

export function blobText(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

export async function texts(store: Store, prefix: Key): Promise<readonly string[]> {
  const { values } = await store.range({ prefix })
  return values.map(({ key, value }) => `${key}=${blobText(value.bytes)}`)
}
