import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '#api'
import { simulate } from '#testing'

const agnhost = 'registry.k8s.io/e2e-test-images/agnhost:2.59'

test('Services and host ports of SCTP are there, and simulated programs are told that the kernel has none', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Service
metadata: { name: s }
spec: { selector: { app: s }, ports: [{ name: s, protocol: SCTP, port: 5060 }, { name: t, protocol: TCP, port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: server, labels: { app: s } }
spec:
  restartPolicy: Never
  containers:
  - name: c
    image: ${agnhost}
    args: [netexec, --http-port=8080]
    ports: [{ containerPort: 5060, hostPort: 5060, protocol: SCTP }]
---
apiVersion: v1
kind: Pod
metadata: { name: listener }
spec: { restartPolicy: Never, containers: [{ name: c, image: ${agnhost}, args: [netexec, --sctp-port=5060] }] }
`)
  await cluster.until(() => cluster.pod('server').ready)
  await cluster.until(() => cluster.pod('listener').phase === 'Failed')
  await cluster.advance('3s')
  const { spec } = await cluster.client.get(services, { namespace: 'default', name: 's' })
  assert.deepEqual(
    spec?.ports?.map(({ protocol, port }) => `${protocol} ${port}`),
    ['SCTP 5060', 'TCP 80'],
  )
  const connect = (target: string, protocol: string) =>
    cluster.exec('server', [
      '/agnhost',
      'connect',
      target,
      `--protocol=${protocol}`,
      '--timeout=2s',
    ])
  const refused = await connect('s:5060', 'sctp')
  assert.deepEqual([refused.exitCode, refused.stderr], [1, 'OTHER: protocol not supported\n'])
  // What a Service has of one protocol it has not of another.
  assert.equal((await connect('s:5060', 'tcp')).stderr, 'REFUSED\n')
  assert.equal((await connect('s:80', 'tcp')).exitCode, 0)
})
