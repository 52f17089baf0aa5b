import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EtcdConnection, WatchCall } from './connection.ts'
import { createKeys } from './keys.ts'
import { createProgressRequests } from './progress.ts'

const versions: Readonly<Record<string, boolean>> = {
  '3.3.27': false,
  '3.4.23': false,
  '3.4.25': true,
  '3.5.7': false,
  '3.5.8': true,
  '3.6.0-rc.1': true,
  '4.0.0': true,
}

for (const [version, isBelieved] of Object.entries(versions)) {
  test(`etcd ${version} is ${isBelieved ? 'asked for' : 'not believed'} its progress`, async () => {
    const asked: unknown[] = []
    const written: unknown[] = []
    // Cast: of a connection and a call only what is asked of them here.
    const connection = {
      read: async () => ({ version }),
      write: async (method: string) => void written.push(method),
    } as object as EtcdConnection
    const call = { write: (request: unknown) => void asked.push(request) } as object as WatchCall
    await createProgressRequests(connection, createKeys('/')).ask({ prefix: 'a/', call })
    assert.deepEqual(asked, isBelieved ? [{ progress: {} }] : [])
    assert.deepEqual(written, isBelieved ? [] : ['Txn'])
  })
}
