import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#api'
import { type Simulation, simulate } from '#testing'

const pods = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Namespace
metadata: { name: guests, labels: { trusted: 'no' } }
---
apiVersion: v1
kind: Pod
metadata: { name: db, namespace: shop, labels: { app: db } }
spec:
  nodeName: node-1
  containers:
    - name: c
      image: nginx
      readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: { app: db }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: api, namespace: shop, labels: { app: api } }
spec:
  nodeName: node-1
  containers: [{ name: c, image: busybox, command: [sleep, '1000000'] }]
---
apiVersion: v1
kind: Pod
metadata: { name: guest, namespace: guests }
spec:
  nodeName: node-2
  containers: [{ name: c, image: busybox, command: [sleep, '1000000'] }]
`

const policy = (name: string, spec: string) => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: shop }
spec: ${spec}
`

async function startShop(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 2 })
  await cluster.apply(pods)
  const all = [
    cluster.pod('db', 'shop'),
    cluster.pod('api', 'shop'),
    cluster.pod('guest', 'guests'),
  ]
  await cluster.until(() => all.every(({ ready }) => ready), { within: '5m' })
  await cluster.advance('2s')
  return cluster
}

const get = 'wget -q -T 5 -O /dev/null http://db.shop'
const from = async (cluster: Simulation, pod: string, namespace: string, script = get) => {
  const { exitCode, stdout, stderr } = await cluster.exec(pod, ['sh', '-c', script], { namespace })
  return exitCode === 0 ? 'answered' : (stdout + stderr).trim()
}

test('who may reach a Service follows policies, pods and labels of namespaces as they change', async () => {
  await using cluster = await startShop()
  const reach = async () => {
    await cluster.advance('2s')
    return [await from(cluster, 'api', 'shop'), await from(cluster, 'guest', 'guests')]
  }
  const timeout = 'wget: download timed out'
  assert.deepEqual(await reach(), ['answered', 'answered'])
  await cluster.apply(policy('closed', '{ podSelector: { matchLabels: { app: db } } }'))
  assert.deepEqual(await reach(), [timeout, timeout])
  const api = '{ podSelector: { matchLabels: { app: api } } }'
  const trusted = "{ namespaceSelector: { matchLabels: { trusted: 'yes' } } }"
  await cluster.apply(
    policy('open', `{ podSelector: {}, ingress: [{ from: [${api}, ${trusted}] }] }`),
  )
  assert.deepEqual(await reach(), ['answered', timeout])
  await cluster.apply(
    "apiVersion: v1\nkind: Namespace\nmetadata: { name: guests, labels: { trusted: 'yes' } }",
  )
  assert.deepEqual(await reach(), ['answered', 'answered'])
  assert.equal(cluster.pod('db', 'shop').ready, true, 'its node probes it all the while')
})

test('a refused connection says which policy it was, to both of its pods', async () => {
  await using cluster = await startShop()
  await cluster.apply(policy('closed', '{ podSelector: { matchLabels: { app: db } } }'))
  await cluster.advance('2s')
  await from(cluster, 'guest', 'guests')
  await cluster.advance('1s')
  const reported = cluster.list(events).filter(({ reason }) => reason === 'PolicyRefused')
  const db = cluster.pod('db', 'shop').object.status?.podIP
  const guest = cluster.pod('guest', 'guests').object.status?.podIP
  const by = 'dropped by NetworkPolicy shop/closed (ingress of shop/db)'
  assert.deepEqual(
    reported.map(({ involvedObject, message }) => `${involvedObject.name}: ${message}`).sort(),
    [
      `db: no connection from guests/guest at ${guest} to port 80 (TCP): ${by}`,
      `guest: no connection to shop/db at ${db} port 80 (TCP): ${by}`,
    ],
  )
  const why = cluster.why('pod/guest', 'guests').steps.map(({ text }) => text)
  assert.match(why.join('\n'), /simulation.* says: .*shop\/closed/)
})

test('a pod that may send nothing has no names either, until it may ask for them', async () => {
  await using cluster = await startShop()
  const ask = async () => {
    await cluster.advance('2s')
    return (await from(cluster, 'api', 'shop', 'getent hosts db.shop')) === 'answered'
  }
  assert.equal(await ask(), true)
  await cluster.apply(
    policy('mute', '{ podSelector: { matchLabels: { app: api } }, policyTypes: [Egress] }'),
  )
  assert.equal(await ask(), false)
  const dns =
    '{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }, podSelector: { matchLabels: { k8s-app: kube-dns } } }'
  const port = '{ protocol: UDP, port: 53 }'
  await cluster.apply(
    policy(
      'names',
      `{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [${dns}], ports: [${port}] }] }`,
    ),
  )
  assert.equal(await ask(), true)
  assert.notEqual(await from(cluster, 'api', 'shop'), 'answered')
})

test('policies hold again when a node comes back from a restart', async () => {
  await using cluster = await startShop()
  await cluster.apply(policy('closed', '{ podSelector: {} }'))
  await cluster.advance('2s')
  assert.notEqual(await from(cluster, 'guest', 'guests'), 'answered')
  await cluster.node('node-1').restart()
  await cluster.advance('1m')
  assert.notEqual(
    await from(cluster, 'guest', 'guests'),
    'answered',
    'also after the node was away',
  )
})
