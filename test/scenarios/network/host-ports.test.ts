import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes, type Pod, pods } from '#api'
import { type Simulation, simulate } from '#testing'

interface Wish {
  readonly name: string
  readonly hostIP?: string
  readonly protocol?: string
  /** The status that its server answers with. */
  readonly status?: number
}

/** A server that wants port 54321 of its node. */
function podOf({ name, hostIP, protocol = 'TCP', status = 200 }: Wish): Pod {
  const port = { containerPort: 8080, hostPort: 54_321, protocol, ...(hostIP && { hostIP }) }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: { 'sim.knarr.dev/answers': `/=${status}` } },
    spec: { containers: [{ name: 'main', image: 'shop/web', ports: [port] }] },
  } as Pod
}

/** A pod that its kubelet asks for at an address of the node. */
function asking(name: string, host: string): Pod {
  const readinessProbe = { httpGet: { host, port: 54_321 }, periodSeconds: 1 }
  const containers = [{ name: 'main', image: 'shop/idle', readinessProbe }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers } } as Pod
}

const running = (cluster: Simulation, name: string) => cluster.pod(name).phase === 'Running'

test('pods share a port of a node by its addresses and protocols, and each is found at its own', async () => {
  await using cluster = await simulate({ nodes: 1 })
  const nodeIp = addressOfNode(cluster)
  const wishes: readonly Wish[] = [
    { name: 'udp', hostIP: nodeIp, protocol: 'UDP', status: 501 },
    { name: 'local', hostIP: '127.0.0.1', status: 502 },
    { name: 'node', hostIP: nodeIp, status: 503 },
  ]
  for (const wish of wishes) await cluster.apply(podOf(wish))
  await cluster.until(() => wishes.every(({ name }) => running(cluster, name)))
  await cluster.apply(podOf({ name: 'anywhere' }))
  await cluster.apply(podOf({ name: 'again', hostIP: nodeIp }))
  await cluster.advance('10s')
  for (const name of ['anywhere', 'again']) {
    const condition = cluster.list(pods).find(({ metadata }) => metadata.name === name)?.status
      ?.conditions?.[0]
    assert.match(condition?.message ?? '', /didn't have free ports for the requested pod ports/)
  }
  await cluster.apply(asking('ask-local', '127.0.0.1'))
  await cluster.apply(asking('ask-node', nodeIp))
  const heard = (name: string) =>
    cluster.events(`pod/${name}`).find(({ reason }) => reason === 'Unhealthy')?.message
  await cluster.until(() => heard('ask-local') !== undefined && heard('ask-node') !== undefined)
  assert.deepEqual(['ask-local', 'ask-node'].map(heard), [
    'Readiness probe failed: HTTP probe failed with statuscode: 502',
    'Readiness probe failed: HTTP probe failed with statuscode: 503',
  ])
})

test('a kubelet refuses a pod whose port another has at the same address', async () => {
  await using cluster = await simulate({ nodes: 1 })
  const nodeIp = addressOfNode(cluster)
  const bound = (wish: Wish) => {
    const { spec, ...pod } = podOf(wish)
    return { ...pod, spec: { ...spec, nodeName: 'node-1' } } as Pod
  }
  await cluster.apply(bound({ name: 'first', hostIP: nodeIp }))
  await cluster.until(() => running(cluster, 'first'))
  await cluster.apply(bound({ name: 'other-protocol', hostIP: nodeIp, protocol: 'UDP' }))
  await cluster.apply(bound({ name: 'same', hostIP: nodeIp }))
  await cluster.apply(bound({ name: 'any' }))
  await cluster.until(() => running(cluster, 'other-protocol'))
  await cluster.advance('5s')
  for (const name of ['same', 'any']) {
    const status = cluster.list(pods).find(({ metadata }) => metadata.name === name)?.status
    assert.deepEqual([status?.phase, status?.reason], ['Failed', 'NodePorts'])
  }
})

function addressOfNode(cluster: Simulation): string {
  const addresses = cluster.list(nodes)[0]?.status?.addresses ?? []
  return addresses.find(({ type }) => type === 'InternalIP')?.address ?? ''
}
