import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiRequest } from '#machinery'
import type { Transport } from './contract/client.ts'
import { createClient } from './typed-client.ts'

const maps = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
} as const

/** The query with which a watch that takes bookmarks asks over such a transport. */
async function queryOf(kind: Pick<Transport, 'isInProcess'>): Promise<string> {
  const asked: ApiRequest[] = []
  const transport: Transport = {
    ...kind,
    send: async (request) => {
      asked.push(request)
      return { status: 200, headers: {}, body: { kind: 'watch', events: nothing } }
    },
  }
  const client = createClient(transport, { userAgent: 'test' })
  const query = { resourceVersion: '7', allowWatchBookmarks: true }
  await Array.fromAsync(client.watch(maps, query, new AbortController().signal))
  return String(asked[0]?.query)
}

const nothing = { async *[Symbol.asyncIterator]() {} }

test('a watch takes bookmarks where it may outlive the server, and not in its very process', async () => {
  assert.equal(await queryOf({}), 'resourceVersion=7&watch=true&allowWatchBookmarks=true')
  assert.equal(await queryOf({ isInProcess: true }), 'resourceVersion=7&watch=true')
})
