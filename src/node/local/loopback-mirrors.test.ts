import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { forwardLoopbackMirrors } from './loopback-mirrors.ts'

const mirror = { registry: 'docker.io', fallback: true }

test('a mirror on the loopback is reached at another address; others stay as they are', async () => {
  const registry = createServer((request, response) => response.end(`here is ${request.url}`))
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', () => resolve()))
  const { port } = registry.address() as AddressInfo
  const elsewhere = 'https://mirror.example/v2'
  {
    await using forwarded = await forwardLoopbackMirrors(
      {
        mirrors: [
          { ...mirror, endpoints: [`http://127.0.0.1:${port}/prefix`, elsewhere] },
          { ...mirror, endpoints: [`http://127.0.0.1:${port}`] },
        ],
        access: [{ host: `127.0.0.1:${port}`, auth: { username: 'me' } }],
      },
      '127.0.0.2',
    )
    const [first, second] = forwarded.registries.mirrors
    const [reached = '', kept] = first?.endpoints ?? []
    assert.match(reached, /^http:\/\/127\.0\.0\.2:\d+\/prefix$/)
    assert.equal(kept, elsewhere)
    assert.deepEqual(second?.endpoints, [reached.replace('/prefix', '')])
    const headers = { connection: 'close' }
    assert.equal(await (await fetch(`${reached}/v2/`, { headers })).text(), 'here is /prefix/v2/')
    assert.equal(first?.fallback, true)
    const moved = { host: new URL(reached).host, auth: { username: 'me' } }
    assert.deepEqual(forwarded.registries.access[1], moved)
  }
  await new Promise((resolve) => registry.close(resolve))
})
