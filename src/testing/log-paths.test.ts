import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './index.ts'

type Cluster = Awaited<ReturnType<typeof simulate>>

async function ask({ client }: Cluster, path: string, query: Readonly<Record<string, string>>) {
  const { status, body } = await client.transport.send(
    { method: 'GET', path, query: new URLSearchParams(query), headers: {}, user: admin },
    new AbortController().signal,
  )
  const text = body.kind === 'bytes' ? Buffer.from(body.bytes).toString('utf8') : ''
  return { status, text }
}

const admin = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }

const crashing = `
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, image: busybox, command: [sh, -c, 'echo no config; exit 3']}]}
`

test('the server tells what blocks a pod with the end of its log, read as the one who asks', async () => {
  await using cluster = await simulate()
  await cluster.apply(crashing)
  await cluster.advance('1m')
  const pod = { resource: 'pods', namespace: 'default', name: 'a' }
  const { status, text } = await ask(cluster, '/knarr/v1/why', pod)
  assert.equal(status, 200)
  assert.match(text, /blocked: container c: CrashLoopBackOff: it exited with code 3/)
  assert.match(text, /it wrote: no config/)
  const none = await ask(cluster, '/knarr/v1/why', { ...pod, name: 'none' })
  assert.equal(none.status, 404)
})

test('the served log is selected by object and by time before now', async () => {
  await using cluster = await simulate()
  await cluster.apply(crashing)
  await cluster.advance('1m')
  const all = (await ask(cluster, '/knarr/v1/log', { resource: 'pod', name: 'a' })).text
  const lines = all.trimEnd().split('\n')
  assert.ok(
    lines.every((line) => line.includes('default/a') || line.includes('of Pod/a')),
    all,
  )
  const late = { resource: 'pod', name: 'a', since: '5s' }
  assert.ok((await ask(cluster, '/knarr/v1/log', late)).text.split('\n').length < lines.length)
  for (const wrong of [{ since: 'soon' }, { resource: 'unicorns' }]) {
    assert.equal((await ask(cluster, '/knarr/v1/log', wrong)).status, 400)
  }
})
