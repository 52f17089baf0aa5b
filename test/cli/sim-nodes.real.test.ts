import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { command, eventually, type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { knarr } from '../fixture/tools.ts'

let cluster: RealCluster

before(async () => {
  const soon = ['--node-monitor-period', '1s', '--node-monitor-grace-period', '12s']
  cluster = await startRealCluster('--sim-nodes', '3', ...soon)
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

const manifest = `
apiVersion: v1
kind: Pod
metadata: { name: real, labels: { app: real } }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: nginx, image: nginx }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: many }
spec:
  replicas: 30
  selector: { matchLabels: { app: many } }
  template:
    metadata: { labels: { app: many } }
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: { sim.knarr.dev/simulated: "true" }
      tolerations: [{ key: sim.knarr.dev/simulated, operator: Exists }]
      containers:
        - name: server
          image: nowhere.example/never/pulled:1
          ports: [{ containerPort: 80 }]
          readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 1 }
`

const rows = async (...args: readonly string[]) => {
  const text = await cluster.kubectl('get', ...args, '--no-headers')
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/))
}
const nodesOf = async (app: string) =>
  (
    await cluster.kubectl(
      'get',
      'pods',
      '-l',
      `app=${app}`,
      '-o',
      'jsonpath={.items[*].spec.nodeName}',
    )
  )
    .trim()
    .split(' ')
const statusOf = async (name: string) =>
  (await rows('nodes')).find(([node]) => node === name)?.[1]?.split(',')[0]
const knarrIn = (...args: readonly string[]) =>
  command(knarr, [...args, '--data-dir', cluster.dataDir])

test('simulated nodes stand beside the real one, and nothing comes to them unasked', async () => {
  const nodes = await rows('nodes')
  assert.equal(nodes.length, 4)
  assert.ok(nodes.every(([, status]) => status === 'Ready'))
  await cluster.apply(manifest)
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/real', '--timeout=60s')
  await cluster.kubectl('rollout', 'status', 'deployment/many', '--timeout=60s')
  assert.deepEqual([...new Set(await nodesOf('many'))].toSorted(), ['sim-1', 'sim-2', 'sim-3'])
  assert.doesNotMatch((await nodesOf('real')).join(), /^sim-/)
})

test('kubectl reaches into both kinds of pods', async () => {
  assert.equal(await cluster.kubectl('exec', 'real', '--', 'cat', '/proc/1/comm'), 'nginx\n')
  assert.equal(await cluster.kubectl('exec', 'deploy/many', '--', 'echo', 'hello'), 'hello\n')
  assert.match(
    await cluster.kubectl('describe', 'node', 'sim-1'),
    /sim.knarr.dev\/simulated=true:NoSchedule/,
  )
})

test('time is wall time: it cannot be moved', async () => {
  const { code, stderr } = await knarrIn('clock', 'advance', '5m')
  assert.equal(code, 1)
  assert.match(stderr, /wall|real/)
})

test('a simulated node crashes and comes back; the real one does not notice', async () => {
  assert.equal((await knarrIn('node', 'crash', 'sim-2')).code, 0)
  await eventually(async () => (await statusOf('sim-2')) === 'NotReady')
  assert.equal((await rows('pod', 'real'))[0]?.[2], 'Running')
  assert.equal((await knarrIn('node', 'restart', 'sim-2')).code, 0)
  await eventually(async () => (await statusOf('sim-2')) === 'Ready')
  await cluster.kubectl('rollout', 'status', 'deployment/many', '--timeout=60s')
})

test('after kill -9 simulated pods start again, as on a machine that lost its power', async () => {
  const fields =
    'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount}{"\\n"}{end}'
  const read = async (app: string) =>
    (await cluster.kubectl('get', 'pods', '-l', `app=${app}`, '-o', fields)).trim()
  const [real, many] = [await read('real'), await read('many')]
  const uids = (text: string) => text.split('\n').map((line) => line.split(' ')[0])
  await cluster.crashAndRestart('--sim-nodes', '3')
  await eventually(async () => {
    const lines = (await read('many')).split('\n')
    return lines.length === 30 && lines.every((line) => Number(line.split(' ')[1]) > 0)
  })
  await cluster.kubectl('rollout', 'status', 'deployment/many', '--timeout=60s')
  assert.deepEqual(uids(await read('many')), uids(many))
  assert.equal(await read('real'), real)
})

test('started with fewer of them, the others go with their pods', async () => {
  await cluster.crashAndRestart('--sim-nodes', '1')
  assert.deepEqual(
    (await rows('nodes')).map(([name]) => name).filter((name) => name?.startsWith('sim-')),
    ['sim-1'],
  )
  await eventually(async () => (await nodesOf('many')).every((node) => node === 'sim-1'))
  await cluster.kubectl('rollout', 'status', 'deployment/many', '--timeout=60s')
})
