import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server-fixture.ts'

test('requests are counted by what is served; what clients make up adds no series', async () => {
  await using server = await startTestServer()
  await server.send('GET', '/api/v1/pods')
  await server.send('GET', '/api/v1/namespaces/a/pods/b/status')
  const before = (await server.send('GET', '/metrics')).body as string
  assert.match(before, /resource="pods",subresource=""/)
  for (let index = 0; index < 50; index++) {
    await server.send('GET', `/apis/g${index}/v${index}/things`)
    await server.send('GET', `/api/v1/namespaces/a/pods/b/part${index}`)
  }
  const after = (await server.send('GET', '/metrics')).body as string
  const series = (text: string) =>
    text.split('\n').filter((line) => line.includes('_count{')).length
  // One more: that of the first look at the metrics themselves, and that of what is unknown.
  assert.ok(series(after) <= series(before) + 2, after)
})
