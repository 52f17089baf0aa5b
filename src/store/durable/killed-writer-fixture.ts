/**
 * Writes twenty commits to a durable store, says the newest revision, and waits to be killed:
 *
 *     node killed-writer-fixture.ts DIRECTORY
 */
import { writeSync } from 'node:fs'
import { systemClock } from '#lib'
import { openDurableStore } from './durable-store.ts'

const store = await openDurableStore({ directory: process.argv[2] ?? '', clock: systemClock })
for (let at = 0; at < 20; at++) {
  const value = { bytes: Buffer.alloc(300, `${at} killed `) }
  await store.commit([], [{ kind: 'put', key: `killed${at % 7}`, value }])
}
writeSync(1, `${await store.currentRevision()}\n`)
await systemClock.sleep(60_000, new AbortController().signal)
