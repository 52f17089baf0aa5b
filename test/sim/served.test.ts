import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readDuration } from '#api'
import { freePort } from '../fixture/real-cluster.ts'
import { type ServedSimulation, serve, startServedSimulation } from '../fixture/sim-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'

const seed = join(projectRoot, 'examples/seed')

const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a fault on an unknown node', ['node', 'crash', 'nowhere'], /spec\.node: Not found: "nowhere"/],
  ['an impossible duration', ['clock', 'advance', 'soon'], /must be a duration above 0/],
  ['a speed of nothing', ['clock', 'speed', '0x'], /must be a number above 0/],
  [
    'an unknown condition',
    ['clock', 'until', 'pod/ubuntu happiness'],
    /unrecognized condition: "happiness"/,
  ],
]

describe('a simulated cluster behind the real API', () => {
  let cluster: ServedSimulation

  before(async () => {
    cluster = await startServedSimulation(
      '--nodes',
      '3',
      '--runtime-config',
      'extensions/v1beta1=true',
    )
  })

  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('its nodes are Ready under an unmodified kubectl', async () => {
    const nodes = await cluster.kubectl('get', 'nodes')
    assert.equal(nodes.match(/^node-\d +Ready /gm)?.length, 3, nodes)
  })

  test("the seed's manifests apply as written and run, once time moves", async () => {
    const applied = await cluster.kubectl('apply', '-f', seed)
    assert.match(applied, /pod\/ubuntu created/)
    const before = await cluster.kubectl('get', 'pods')
    assert.match(before, /ubuntu +0\/1 +(Pending|ContainerCreating)/)
    const at = await cluster.knarr('clock', 'until', 'deployment/heartbeat condition=Available')
    assert.match(at, /\(\d+(\.\d+)?s since the start\)/)
    const pods = await cluster.kubectl('get', 'pods')
    assert.match(pods, /ubuntu +1\/1 +Running +0 /)
    assert.equal(pods.match(/^my-nginx-\S+ +1\/1 +Running/gm)?.length, 2, pods)
    assert.equal(pods.match(/^heartbeat-\S+ +1\/1 +Running/gm)?.length, 2, pods)
  })

  test('a scale has columns of its own, and a kind on its way out says so, also where it is missing', async () => {
    const scale = await cluster.kubectl('get', 'deployment', 'my-nginx', '--subresource=scale')
    assert.match(scale, /^NAME +DESIRED +AVAILABLE +AGE *\nmy-nginx +2 +2 +/)
    const warning =
      'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n'
    const listed = await cluster.tryKubectl(['get', 'endpoints'])
    assert.deepEqual([listed.code, listed.stderr], [0, warning])
    const missing = await cluster.tryKubectl(['get', 'endpoints', 'nope'])
    const refusal = 'Error from server (NotFound): endpoints "nope" not found\n'
    assert.deepEqual([missing.code, missing.stderr], [1, warning + refusal])
  })

  test('who changes what is warned of is warned, and nobody who changes something else', async () => {
    const env = '[{name: A, value: "1"}, {name: A, value: "2"}]'
    const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: twice}
spec:
  replicas: 0
  selector: {matchLabels: {app: twice}}
  template:
    metadata: {labels: {app: twice}}
    spec: {containers: [{name: c, image: nginx, env: ${env}}]}
`
    const warning =
      'Warning: spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply\n'
    const warnings = async (...args: string[]) => (await cluster.tryKubectl(args)).stderr
    assert.equal((await cluster.tryKubectl(['create', '-f', '-'], deployment)).stderr, warning)
    assert.equal(await warnings('label', 'deployment', 'twice', 'a=b'), '')
    assert.equal(await warnings('rollout', 'pause', 'deployment/twice'), warning)
    await cluster.kubectl('delete', 'deployment', 'twice')
  })

  test('the kubelet measures its node and its pods', async () => {
    const place = await cluster.kubectl('get', 'pod', 'ubuntu', '-o', 'jsonpath={.spec.nodeName}')
    const path = `/api/v1/nodes/${place}/proxy/stats/summary`
    const { node, pods } = JSON.parse(await cluster.kubectl('get', '--raw', path))
    assert.equal(node.nodeName, place)
    assert.ok(node.cpu.usageCoreNanoSeconds > 0 && node.memory.workingSetBytes > 0)
    assert.ok(node.fs.capacityBytes > node.fs.usedBytes)
    const ubuntu = pods.find(({ podRef }: { podRef: { name: string } }) => podRef.name === 'ubuntu')
    assert.ok(ubuntu.containers[0].memory.workingSetBytes > 0)
  })

  test('time stands until it is moved, and then by exactly what was asked', async () => {
    const elapsedMs = async () => {
      const { elapsed } = JSON.parse(await cluster.knarr('clock', 'show', '-o', 'json'))
      return readDuration(elapsed)
    }
    const before = await elapsedMs()
    assert.equal(await elapsedMs(), before)
    await cluster.knarr('clock', 'advance', '5m')
    assert.equal(await elapsedMs(), before + 300_000)
  })

  test('a snapshot restores to the same pods, and a damaged one is refused', async () => {
    const file = join(cluster.dataDir, 'saved.snapshot')
    await cluster.knarr('snapshot', 'save', file)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const port = String(await freePort())
    const dataDir = join(cluster.dataDir, 'restored')
    await cluster.knarr('snapshot', 'restore', file, '--data-dir', dataDir, '--port', port)
    await using restored = serve(dataDir)
    const uids = (from: ServedSimulation) =>
      from.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}')
    assert.equal(await uids(restored), await uids(cluster))
    await Promise.all([cluster, restored].map((each) => each.knarr('clock', 'advance', '10m')))
    assert.equal(await restored.kubectl('get', 'pods'), await cluster.kubectl('get', 'pods'))
    const content = readFileSync(file)
    content[content.length - 5] = (content[content.length - 5] ?? 0) ^ 1
    writeFileSync(file, content)
    const { code, stderr } = await cluster.tryKnarr('snapshot', 'restore', file, '--port', port)
    assert.equal(code, 1)
    assert.match(stderr, /checksum does not match/)
  })

  test('a fork goes on from an instant of the past, or from a revision', async () => {
    const revisionOf = async (name: string) =>
      cluster.kubectl('get', 'configmap', name, '-o', 'jsonpath={.metadata.resourceVersion}')
    await cluster.kubectl('create', 'configmap', 'first')
    const { elapsed } = JSON.parse(await cluster.knarr('clock', 'show', '-o', 'json'))
    await cluster.knarr('clock', 'advance', '1m')
    await cluster.kubectl('create', 'configmap', 'second')
    await cluster.knarr('clock', 'advance', '1m')
    for (const point of [
      ['--at', elapsed],
      ['--revision', await revisionOf('first')],
    ]) {
      const dataDir = join(cluster.dataDir, `past${point[0]}`)
      const place = ['--to-data-dir', dataDir, '--port', String(await freePort())]
      await cluster.knarr('snapshot', 'fork', ...place, ...point)
      await using past = serve(dataDir)
      assert.match(await past.kubectl('get', 'configmap', 'first'), /first/)
      const { stderr } = await past.tryKubectl(['get', 'configmap', 'second'])
      assert.match(stderr, /configmaps "second" not found/)
    }
    const place = ['--to-data-dir', join(cluster.dataDir, 'never'), '--port', '1']
    const late = await cluster.tryKnarr('snapshot', 'fork', ...place, '--at', '9000h')
    assert.match(late.stderr, /no such point to restore to: the snapshot holds 0 s to /)
    const odd = await cluster.tryKnarr('snapshot', 'fork', ...place, '--at', 'noon')
    assert.match(odd.stderr, /not an instant: noon/)
  })

  test('logs, exec and describe answer as a real node does', async () => {
    assert.match(await cluster.kubectl('logs', 'deployment/my-nginx'), /listening/)
    const { code, stdout } = await cluster.tryKubectl(
      ['exec', '-i', 'ubuntu', '--', 'bash'],
      'echo here; exit 3\n',
    )
    assert.deepEqual([code, stdout], [3, 'here\n'])
    const described = await cluster.kubectl('describe', 'pod', 'ubuntu')
    assert.match(described, /Successfully assigned default\/ubuntu to node-\d/)
    assert.match(described, /Successfully pulled image "ubuntu:latest"/)
  })

  test('a crashed node is Unknown after the grace period, and why says so', async () => {
    const node = await cluster.kubectl('get', 'pod', 'ubuntu', '-o', 'jsonpath={.spec.nodeName}')
    await cluster.knarr('node', 'crash', node)
    await cluster.knarr('clock', 'until', `node/${node} condition=Ready=Unknown`)
    assert.match(await cluster.kubectl('get', 'node', node), /NotReady/)
    const why = await cluster.knarr('why', `node/${node}`)
    assert.match(why, /no sign of life of node/)
    assert.match(why, /NodeCrash strikes/)
    await cluster.knarr('node', 'restart', node)
    await cluster.knarr('clock', 'until', `node/${node} condition=Ready`)
    await cluster.knarr('clock', 'until', 'pod/ubuntu condition=Ready')
    assert.match(await cluster.kubectl('get', 'pod', 'ubuntu'), /Running +1 \(/)
  })

  for (const [what, args, message] of refusals) {
    test(`${what} is refused with a clear error`, async () => {
      const { code, stderr } = await cluster.tryKnarr(...args)
      assert.equal(code, 1)
      assert.match(stderr, message)
    })
  }

  test('what was typed into a container makes a later replay impossible, and it says so', async () => {
    const { code, stderr } = await cluster.tryKnarr('snapshot', 'save', join(tmpdir(), 'none'))
    assert.equal(code, 1)
    assert.match(stderr, /cannot be replayed: what was typed into .*exec is not kept/)
  })

  test('an unknown behaviour key shows as the error of its container', async () => {
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: odd, annotations: {sim.knarr.dev/startpu: 5s}}
spec: {containers: [{name: web, image: nginx}]}
`)
    await cluster.knarr('clock', 'advance', '5s')
    const described = await cluster.kubectl('describe', 'pod', 'odd')
    assert.match(described, /CreateContainerError/)
    assert.match(described, /unknown behaviour key "startpu" \(startup\?\)/)
  })

  test('the lease of a node belongs to it, and goes when kubectl deletes the node', async () => {
    const ofNode = ['get', 'lease', 'node-2', '-n', 'kube-node-lease']
    const owner = '{.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}'
    assert.equal(await cluster.kubectl(...ofNode, '-o', `jsonpath=${owner}`), 'Node/node-2')
    await cluster.kubectl('delete', 'node', 'node-2')
    await cluster.knarr('clock', 'advance', '30s')
    const left = await cluster.kubectl('get', 'leases', '-n', 'kube-node-lease', '-o', 'name')
    assert.match(left, /node-1/)
    assert.doesNotMatch(left, /node-2/)
  })
})
