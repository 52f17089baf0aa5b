import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods } from '#api'
import { simulate } from '#testing'

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: example.com/web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty}
spec: {selector: {app: none}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: busybox, command: [sleep, infinity]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: waiter}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: c, image: curlimages/curl, command: [sh, -c, 'until curl -sf http://web/ready; do sleep 1; done']}
`

test('programs of the shell reach pods, Services and names over the simulated network', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply(manifest)
  await cluster.until(() => cluster.deployment('web').available)
  await cluster.until(() => cluster.pod('client').ready)
  await cluster.advance('1s')
  const run = async (script: string) => {
    const { stdout, stderr, exitCode } = await cluster.exec('client', ['sh', '-c', script])
    return [stdout, stderr, exitCode]
  }
  const [first] = cluster
    .list(pods, 'default')
    .filter((each) => each.metadata.labels?.app === 'web')
  const service = cluster.service('web')
  assert.ok(first?.status?.podIP && service.clusterIP)
  const pod = { name: first.metadata.name, ip: first.status.podIP }
  assert.deepEqual(await run(`curl -s http://${pod.ip}:8080/a`), [
    `default/${pod.name}/c: GET /a\n`,
    '',
    0,
  ])
  for (const host of [service.clusterIP, 'web', 'web.default', 'web.default.svc.cluster.local']) {
    const [out, , code] = await run(`wget -qO- http://${host}/x`)
    assert.match(String(out), /^default\/web-\S+\/c: GET \/x\n$/, host)
    assert.equal(code, 0)
  }
  assert.deepEqual(await run('nslookup web | tail -n 3'), [
    `Name:\tweb.default.svc.cluster.local\nAddress: ${service.clusterIP}\n\n`,
    '',
    0,
  ])
  assert.deepEqual(await run('wget -qO- nope'), ['', "wget: bad address 'nope'\n", 1])
  const [, refused, code] = await run('curl -sS http://empty/')
  assert.match(
    String(refused),
    /^curl: \(7\) Failed to connect to empty port 80 after \d+ ms: Could/,
  )
  assert.equal(code, 7)
  assert.deepEqual(await run(`curl -sS http://${pod.ip}:81/ 2> /dev/null; echo $?`), ['7\n', '', 0])
  assert.deepEqual(await run('curl -sS -m 2 http://192.0.2.1/; echo $?'), [
    '28\n',
    'curl: (28) Connection timed out after 2000 milliseconds\n',
    0,
  ])
  await cluster.until(
    () => cluster.pods({ 'batch.kubernetes.io/job-name': 'waiter' })[0]?.phase === 'Succeeded',
  )
})
