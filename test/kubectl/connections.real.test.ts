import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, before, test } from 'node:test'
import { eventually, type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'

let cluster: RealCluster

before(async () => {
  cluster = await startRealCluster()
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: { name: site }
data:
  nginx.conf: |
    user nobody nogroup;
    events {}
    http { server { listen 8080; location / { return 200 $hostname; } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: names }
spec:
  replicas: 2
  selector: { matchLabels: { app: names } }
  template:
    metadata: { labels: { app: names } }
    spec:
      terminationGracePeriodSeconds: 5
      volumes: [{ name: site, configMap: { name: site } }]
      containers:
        - name: nginx
          image: nginx
          command: [nginx, -c, /site/nginx.conf, -g, daemon off;]
          volumeMounts: [{ name: site, mountPath: /site }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: names }
spec: { type: NodePort, selector: { app: names }, ports: [{ port: 80, targetPort: 8080 }] }
`

interface Answer {
  /** The pod that answered. */
  readonly pod: string
  /** The client's port: tells one connection from another. */
  readonly from: number
}

function ask(port: number, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, agent, timeout: 2000 }, (answer) => {
      const from = answer.socket.localPort ?? 0
      let pod = ''
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => {
        pod += text
      })
      answer.on('end', () => resolve({ pod, from }))
    })
    asked.on('error', reject)
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.end()
  })
}

const podNames = async () =>
  (
    await cluster.kubectl(
      'get',
      'pods',
      '-l',
      'app=names',
      '-o',
      'jsonpath={.items[*].metadata.name}',
    )
  )
    .trim()
    .split(' ')
const rolledOut = () => cluster.kubectl('rollout', 'status', 'deployment/names', '--timeout=60s')

test('a connection that is kept alive stays with its pod while others come and go', async () => {
  await cluster.apply(manifest)
  await rolledOut()
  const path = 'jsonpath={.spec.ports[0].nodePort}'
  const port = Number(await cluster.kubectl('get', 'service', 'names', '-o', path))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const first = await eventually(() => ask(port, agent).catch(() => undefined))
    assert.ok((await podNames()).includes(first.pod))

    await cluster.kubectl('scale', 'deployment/names', '--replicas=4')
    await rolledOut()
    assert.deepEqual(await ask(port, agent), first)

    const other = (await podNames()).find((name) => name !== first.pod) ?? ''
    await cluster.kubectl('delete', 'pod', other, '--wait=true')
    await rolledOut()
    assert.deepEqual(await ask(port, agent), first)

    await cluster.kubectl('delete', 'pod', first.pod, '--wait=true')
    // Routes follow up to a second later (kube-proxy's `minSyncPeriod`): a connection that is opened
    // before may lead to nobody.
    const next = await eventually(() => ask(port, agent).catch(() => undefined))
    assert.notEqual(next.pod, first.pod)
    assert.notEqual(next.from, first.from)
    assert.ok((await podNames()).includes(next.pod))
  } finally {
    agent.destroy()
  }
})
