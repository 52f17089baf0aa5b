import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'

/** `UPDATES=100` for as many as the scenario in simulation has. */
const updates = Number(process.env.UPDATES ?? 5)

/** An application that drains: it serves on for as long as rules may still lead to it. */
const manifests = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 20
      containers:
      - name: web
        image: knarr-test/web:1
        ports: [{ containerPort: 8080 }]
        env: [{ name: UPDATE, value: '0' }]
        readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 }
        lifecycle: { preStop: { sleep: { seconds: 4 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client, namespace: shop }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: main, image: knarr-test/web:1, command: [sleep, '100000'] }]
`

/** Asks one time after the other until it is told to stop; each request has a line. */
const client = `
rm -f /tmp/stop /tmp/requests
while [ ! -e /tmp/stop ]; do
  if timeout 10 wget -qO- http://web.shop/ >/dev/null 2>>/tmp/errors; then echo ok; else echo lost; fi >>/tmp/requests
done
echo end >>/tmp/requests`

let cluster: RealCluster

const inShop = (...args: readonly string[]) => cluster.kubectl('-n', 'shop', ...args)
const inClient = async (script: string) => {
  const { stdout } = await cluster.tryKubectl([
    '-n',
    'shop',
    'exec',
    'client',
    '--',
    'sh',
    '-c',
    script,
  ])
  return stdout
}

before(async () => {
  cluster = await startRealCluster('--nodes', '2')
  await cluster.apply(manifests)
  await inShop('rollout', 'status', 'deployment/web', '--timeout=120s')
  await inShop('wait', '--for=condition=Ready', 'pod/client', '--timeout=60s')
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

test(`of ${updates} rolling updates not one request by name is lost`, async (t) => {
  // A Deployment is rolled out before every node has heard of its endpoints.
  await inClient('until timeout 2 wget -qO- http://web.shop/ >/dev/null 2>&1; do sleep 0.1; done')
  await inClient(`(${client}) </dev/null >/dev/null 2>&1 &`)
  for (let update = 1; update <= updates; update++) {
    await inShop('set', 'env', 'deployment/web', `UPDATE=${update}`)
    await inShop('rollout', 'status', 'deployment/web', '--timeout=120s')
  }
  // Those of the last update still drain.
  await inClient('sleep 6; touch /tmp/stop; while ! grep -q end /tmp/requests; do sleep 0.1; done')
  const lines = (await inClient('cat /tmp/requests')).trim().split('\n')
  const count = (what: string) => lines.filter((line) => line === what).length
  t.diagnostic(`${count('ok')} requests answered, ${count('lost')} lost over ${updates} updates`)
  assert.equal(count('lost'), 0, await inClient('cat /tmp/errors'))
  assert.ok(count('ok') > 20 * updates, `${count('ok')}`)
})
