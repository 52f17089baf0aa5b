import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually, type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'

const chart = join(projectRoot, 'test/helm/chart')
let cluster: RealCluster

before(async () => {
  cluster = await startRealCluster()
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

const greeting = () =>
  cluster.kubectl('get', 'configmap', 'greeter', '-o', 'jsonpath={.data.greeting}')

test('helm installs a chart, waits for it, and lists it', async () => {
  const installed = await cluster.helm('install', 'greeter', chart, '--wait', '--timeout', '90s')
  assert.match(installed, /STATUS: deployed/)
  assert.match(await cluster.helm('list'), /greeter\s+default\s+1\s+.*deployed/)
  assert.equal(await greeting(), 'hello')
})

test('a node port answers on the machine', async () => {
  const port = await cluster.kubectl(
    'get',
    'service',
    'greeter',
    '-o',
    'jsonpath={.spec.ports[0].nodePort}',
  )
  const status = await eventually(
    async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.status,
  )
  assert.equal(status, 200)
})

test('helm upgrades, rolls back, and remembers', async () => {
  await cluster.helm(
    'upgrade',
    'greeter',
    chart,
    '--set',
    'greeting=good day,replicas=2',
    '--wait',
    '--timeout',
    '90s',
  )
  assert.equal(await greeting(), 'good day')
  await cluster.helm('rollback', 'greeter', '1', '--wait', '--timeout', '90s')
  assert.equal(await greeting(), 'hello')
  assert.match(await cluster.helm('history', 'greeter'), /3\s+.*deployed\s+.*Rollback to 1/)
})

test('helm uninstalls, and what the objects owned goes with them', async () => {
  await cluster.helm('uninstall', 'greeter', '--wait', '--timeout', '90s')
  await eventually(async () => {
    const left = await cluster.kubectl(
      'get',
      'deployments,replicasets,pods,configmaps,services',
      '-l',
      'app=greeter',
      '-o',
      'name',
    )
    return left.trim() === ''
  })
})

test('a server-side apply owns its fields and refuses those of others', async () => {
  const manifest = (value: string) =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: owned}, data: {a: "${value}"}}`
  const apply = (manager: string, value: string, ...more: readonly string[]) =>
    cluster.tryKubectl(
      ['apply', '--server-side', '--field-manager', manager, ...more, '-f', '-'],
      manifest(value),
    )
  assert.match((await apply('one', '1')).stdout, /configmap\/owned serverside-applied/)
  const refused = await apply('two', '2')
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /conflict with "one".*\.data\.a/s)
  assert.equal((await apply('two', '2', '--force-conflicts')).code, 0)
  assert.equal(await cluster.kubectl('get', 'configmap', 'owned', '-o', 'jsonpath={.data.a}'), '2')
})

test('a namespace goes with all that is in it', async () => {
  await cluster.kubectl('create', 'namespace', 'passing')
  await cluster.kubectl(
    '-n',
    'passing',
    'create',
    'deployment',
    'web',
    '--image=knarr-test/web',
    '--replicas=2',
  )
  await cluster.kubectl('-n', 'passing', 'rollout', 'status', 'deployment/web', '--timeout=60s')
  await cluster.kubectl('delete', 'namespace', 'passing', '--timeout=90s')
  const { stderr } = await cluster.tryKubectl(['get', 'namespace', 'passing'])
  assert.match(stderr, /namespaces "passing" not found/)
})

test('deleting a Deployment takes its pods along, or leaves them behind as asked', async () => {
  await cluster.kubectl('create', 'deployment', 'gone', '--image=knarr-test/web')
  await cluster.kubectl('create', 'deployment', 'left', '--image=knarr-test/web')
  await cluster.kubectl('rollout', 'status', 'deployment/left', '--timeout=60s')
  await cluster.kubectl('delete', 'deployment', 'gone', '--cascade=foreground', '--timeout=60s')
  assert.equal(
    (await cluster.kubectl('get', 'replicasets,pods', '-l', 'app=gone', '-o', 'name')).trim(),
    '',
  )
  await cluster.kubectl('delete', 'deployment', 'left', '--cascade=orphan')
  assert.match(
    await cluster.kubectl('get', 'replicasets', '-l', 'app=left', '-o', 'name'),
    /replicaset/,
  )
})
