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

test('a timeline has states, probes, signals, endpoints and requests of a pod on one axis', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}, annotations: {sim.knarr.dev/ready: '0s:true,20s:false'}}
spec:
  containers:
    - {name: c, image: nginx, ports: [{containerPort: 80}], readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`)
  await cluster.until(() => cluster.service('web').endpoints.length === 1)
  await cluster.advance('1s')
  using _load = cluster.load({ to: 'web', perSecond: 2 })
  await cluster.advance('40s')
  await cluster.delete('pod/web')
  await cluster.advance('1s')
  const service = { resource: 'services', namespace: 'default', name: 'web', output: 'json' }
  const before = JSON.parse((await ask(cluster, '/knarr/v1/timeline', service)).text)
  assert.deepEqual(before.pods, ['default/web'])
  const tracks = new Set(before.moments.map(({ track }: { readonly track: string }) => track))
  assert.deepEqual([...tracks].toSorted(), ['endpoint', 'probe', 'request', 'signal', 'state'])
  const pod = { ...service, resource: 'pods', output: 'text' }
  const { text } = await ask(cluster, '/knarr/v1/timeline', pod)
  assert.match(text, /^\+0s +default\/web +state +created$/m)
  assert.match(text, /endpoint +10\.\S+ ready → not ready/)
  assert.match(text, /request +request reached a ready pod: .* \(\d+ times\)$/m)
  const { text: svg } = await ask(cluster, '/knarr/v1/timeline', { ...pod, output: 'svg' })
  assert.match(svg, /^<svg [^>]*>\n(.*\n)*<\/svg>\n$/)
  assert.equal((await ask(cluster, '/knarr/v1/timeline', { ...pod, name: 'x' })).status, 404)
})
