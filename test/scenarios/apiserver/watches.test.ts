import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createVirtualClock, systemClock } from '#lib'
import { createMemoryStore, openDurableStore, type Store } from '#store'
import { checkedKinds, checkWatches } from '../../watch/checker-fixture.ts'

const stores: Readonly<Record<string, (directory: string) => Promise<Store>>> = {
  'in memory': async () => createMemoryStore({ clock: createVirtualClock() }),
  'on disk': (directory) => openDurableStore({ directory, clock: systemClock }),
}

for (const kind of checkedKinds) {
  for (const [where, openStore] of Object.entries(stores)) {
    test(`watches of ${kind.kind}s ${where} lose nothing and repeat nothing`, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), 'knarr-watches-'))
      t.after(() => rmSync(directory, { recursive: true, force: true }))
      await using store = await openStore(directory)
      const report = await checkWatches({ store, kind, seed: '1', writes: 60, disturbances: 6 })
      assert.deepEqual(report.faults, [])
      assert.ok(report.conflicts > 20, `${report.conflicts} writes met others`)
      assert.ok(report.events > report.writes, `${report.events} events of ${report.writes} writes`)
      assert.ok(report.relists > 8, `${report.relists} lists`)
    })
  }
}
