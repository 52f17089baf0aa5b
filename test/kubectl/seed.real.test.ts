import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '#lib'
import {
  eventually,
  freePort,
  type RealCluster,
  startRealCluster,
} from '../fixture/real-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'

let cluster: RealCluster

before(async () => {
  cluster = await startRealCluster('--runtime-config', 'extensions/v1beta1=true')
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

const seed = (name: string) => join(projectRoot, 'examples/seed', name)

test('the node is Ready and says what it is', async () => {
  const nodes = await cluster.kubectl('get', 'nodes', '-o', 'wide')
  assert.match(nodes, /Ready\s+<none>\s+\S+\s+v1\.36\.\d+\+knarr/)
  assert.match(nodes, /containerd:\/\//)
})

test("the seed's pod that never ends stays Running without a restart", async () => {
  assert.match(await cluster.kubectl('apply', '-f', seed('1-ubuntu.yaml')), /pod\/ubuntu created/)
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/ubuntu', '--timeout=60s')
  assert.match(await cluster.kubectl('get', 'pod', 'ubuntu'), /ubuntu\s+1\/1\s+Running\s+0\s/)
  const described = await cluster.kubectl('describe', 'pod', 'ubuntu')
  assert.match(described, /node\.kubernetes\.io\/not-ready:NoExecute op=Exists for 300s/)
  assert.match(described, /node\.kubernetes\.io\/unreachable:NoExecute op=Exists for 300s/)
  assert.match(described, /Normal\s+Scheduled.*Successfully assigned default\/ubuntu to/)
  assert.match(described, /Normal\s+Started.*Container started/)
})

test("the seed's Deployment of the old group applies as written, with a warning", async () => {
  const { code, stdout, stderr } = await cluster.tryKubectl([
    'apply',
    '-f',
    seed('5-nginx-deployment.yaml'),
  ])
  assert.equal(code, 0, stderr)
  assert.match(
    stdout,
    /deployment\.apps\/my-nginx created|deployment\.extensions\/my-nginx created/,
  )
  assert.match(stderr, /Warning: extensions\/v1beta1 Deployment is deprecated/)
  await cluster.kubectl('rollout', 'status', 'deployment/my-nginx', '--timeout=90s')
  const tolerations = await cluster.kubectl(
    'get',
    'pods',
    '-l',
    'app=my-nginx',
    '-o',
    'jsonpath={.items[*].spec.tolerations[*].tolerationSeconds}',
  )
  assert.equal(tolerations, '2 2 2 2')
})

test('exec carries output, input, exit codes; logs, cp and attach to a terminal work', async () => {
  assert.equal(await cluster.kubectl('exec', 'ubuntu', '--', 'echo', 'hello'), 'hello\n')
  assert.equal((await cluster.tryKubectl(['exec', 'ubuntu', '--', 'bash', '-c', 'exit 3'])).code, 3)
  const echoed = await cluster.tryKubectl(['exec', '-i', 'ubuntu', '--', 'cat'], 'through and back')
  assert.equal(echoed.stdout, 'through and back')
  const folder = mkdtempSync(join(tmpdir(), 'knarr-cp-'))
  writeFileSync(join(folder, 'a'), 'copied')
  await cluster.kubectl('cp', join(folder, 'a'), 'ubuntu:/tmp/a')
  await cluster.kubectl('cp', 'ubuntu:/tmp/a', join(folder, 'b'))
  assert.equal(readFileSync(join(folder, 'b'), 'utf8'), 'copied')
  rmSync(folder, { recursive: true })
})

test('a pod finds the API by its Service and its token is who it is', async () => {
  const script = [
    'd=/var/run/secrets/kubernetes.io/serviceaccount',
    'exec 3<>/dev/tcp/$KUBERNETES_SERVICE_HOST/$KUBERNETES_SERVICE_PORT && echo connected',
    'cat $d/namespace',
  ].join('; ')
  const output = await cluster.kubectl('exec', 'ubuntu', '--', 'bash', '-c', script)
  assert.equal(output, 'connected\ndefault')
  const token = await cluster.kubectl(
    'exec',
    'ubuntu',
    '--',
    'cat',
    '/var/run/secrets/kubernetes.io/serviceaccount/token',
  )
  const server = await cluster.kubectl(
    'config',
    'view',
    '-o',
    'jsonpath={.clusters[0].cluster.server}',
  )
  const who = await cluster.kubectl(
    '--server',
    server,
    '--kubeconfig=/dev/null',
    '--insecure-skip-tls-verify',
    '--token',
    token,
    'auth',
    'whoami',
  )
  assert.match(who, /system:serviceaccount:default:default/)
})

const web = (spec: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 60
      containers:
      - name: web
        image: knarr-test/web
        env: [{name: PORT, value: "8001"}, {name: DRAIN_MS, value: "3000"}]
        ports: [{containerPort: 8001}]
        readinessProbe: {httpGet: {path: /heartbeat, port: 8001, scheme: HTTP}, periodSeconds: 1}
${spec}---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8001}]
`

test('no request fails while a Deployment is rolled out and scaled down by pods that drain', async () => {
  await cluster.apply(web(''))
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s')
  const host = await cluster.kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}')
  await eventually(async () => (await get(host)) === 200)
  const stop = new AbortController()
  const answers = new Map<string, number>()
  const client = (async () => {
    while (!stop.signal.aborted) {
      const answer = String(await get(host))
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  })()
  await cluster.kubectl('rollout', 'restart', 'deployment/web')
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s')
  await cluster.kubectl('scale', 'deployment/web', '--replicas=1')
  await eventually(
    async () =>
      (await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).trim().split('\n')
        .length === 1,
  )
  stop.abort()
  await client
  assert.deepEqual([...answers.keys()], ['200'], JSON.stringify([...answers]))
  assert.ok((answers.get('200') ?? 0) > 100, 'there was traffic')
})

function get(host: string, path = '/'): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request({ host, port: 80, path, timeout: 5000, agent: false }, (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve(incoming.statusCode ?? 0))
      incoming.on('error', (error) => resolve(error.message))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')))
    outgoing.on('error', (error) => resolve(error.message))
    outgoing.end()
  })
}

test('a rollout is remembered and undone', async () => {
  const history = await cluster.kubectl('rollout', 'history', 'deployment/web')
  assert.match(history, /REVISION\s+CHANGE-CAUSE\n1\s+<none>\n2\s+<none>/)
  assert.match(await cluster.kubectl('rollout', 'undo', 'deployment/web'), /rolled back/)
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s')
})

test('a watch prints each step of a scale, and an open connection outlives changes of endpoints', async () => {
  const host = await cluster.kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}')
  const held = get(host, '/slow?ms=4500')
  const watched = cluster.tryKubectl(['get', 'deployment/web', '-w', '--request-timeout=5s'])
  await cluster.kubectl('scale', 'deployment/web', '--replicas=3')
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  assert.equal(await held, 200)
  const { stdout } = await watched
  assert.match(stdout, /^NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\nweb\s/)
  assert.match(stdout, /web\s+1\/3\s[\s\S]*web\s+3\/3\s+3\s+3\s/)
})

test('port-forward carries a connection', async () => {
  const port = await freePort()
  await using _forward = cluster.background('port-forward', 'deployment/web', `${port}:8001`)
  const status = await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/count`).catch(() => undefined)
    await answer?.text()
    return answer?.status
  })
  assert.equal(status, 200)
})

test('proxies reach the kubelet, a Service and a pod', async () => {
  const node = await cluster.kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')
  const kubelet = `/api/v1/nodes/${node}/proxy`
  assert.equal(await cluster.kubectl('get', '--raw', `${kubelet}/healthz`), 'ok')
  const pods = JSON.parse(await cluster.kubectl('get', '--raw', `${kubelet}/pods`))
  assert.ok(
    pods.items.some((pod: { metadata: { name: string } }) => pod.metadata.name === 'ubuntu'),
  )
  const measured = JSON.parse(await cluster.kubectl('get', '--raw', `${kubelet}/stats/summary`))
  assert.ok(measured.node.memory.workingSetBytes > 0 && measured.node.fs.capacityBytes > 0)
  const ubuntu = measured.pods.find(
    ({ podRef }: { podRef: { name: string } }) => podRef.name === 'ubuntu',
  )
  assert.ok(ubuntu.containers[0].cpu.usageCoreNanoSeconds > 0, JSON.stringify(ubuntu))
  const services = '/api/v1/namespaces/default/services'
  const raw = await cluster.kubectl('get', '--raw', `${services}/web:80/proxy/count`)
  assert.match(raw, /\d/)
  const port = await freePort()
  await using _proxy = cluster.background('proxy', `--port=${port}`)
  const status = await eventually(async () => {
    const url = `http://127.0.0.1:${port}${services}/web:80/proxy/heartbeat`
    const answer = await fetch(url).catch(() => undefined)
    await answer?.text()
    return answer?.status
  })
  assert.equal(status, 200)
})

test('a command in a terminal has its size and sees what is typed', async () => {
  const { stdout } = await cluster.tryKubectl(
    [
      'exec',
      '-it',
      'ubuntu',
      '--',
      'bash',
      '-c',
      'sleep 1; tty; stty size; read line; echo "got $line"',
    ],
    'typed\n',
    { terminal: true },
  )
  assert.match(stdout, /\/dev\/pts\/\d+/)
  assert.match(stdout, /33 77/)
  assert.match(stdout, /got typed/)
})

test('a body that is nested thousands deep is refused with a reason', async () => {
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
  const { code, stderr } = await cluster.tryKubectl(
    ['create', '--raw', '/api/v1/namespaces/default/configmaps', '-f', '-'],
    `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"x":${deep}}`,
  )
  assert.notEqual(code, 0)
  assert.match(stderr, /BadRequest.*exceeded max depth/)
})

test('kubectl explains fields, lists resources, tells rights, and prints logs', async () => {
  const explained = await cluster.kubectl('explain', 'pod.spec.containers.livenessProbe')
  assert.match(explained, /KIND:\s+Pod[\s\S]*initialDelaySeconds/)
  assert.match(
    await cluster.kubectl('api-resources'),
    /deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/,
  )
  assert.equal(await cluster.kubectl('auth', 'can-i', 'delete', 'pods'), 'yes\n')
  const denied = await cluster.tryKubectl([
    'auth',
    'can-i',
    'delete',
    'pods',
    '--as=system:serviceaccount:default:default',
  ])
  assert.equal(denied.stdout, 'no\n')
  assert.match(await cluster.kubectl('logs', 'deployment/web', '--timestamps'), /listening on 8001/)
})

test('what a container did wrong shows in its status: the back-off, the image, the missing key', async () => {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec: {containers: [{name: c, image: "busybox:1.35", command: [sh, -c, "exit 4"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: noimage}
spec: {containers: [{name: c, image: "nothing-here:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: badname}
spec: {containers: [{name: c, image: "Bad:Name:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: never}
spec: {containers: [{name: c, image: "absent:1", imagePullPolicy: Never}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nokey}
spec: {containers: [{name: c, image: "busybox:1.35", command: [sleep, "9"], env: [{name: A, valueFrom: {configMapKeyRef: {name: gone, key: k}}}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: once}
spec: {restartPolicy: Never, containers: [{name: c, image: "busybox:1.35", command: ["true"]}]}
`)
  const expected: Readonly<Record<string, string>> = {
    crash: 'CrashLoopBackOff',
    noimage: 'ImagePullBackOff',
    badname: 'InvalidImageName',
    never: 'ErrImageNeverPull',
    nokey: 'CreateContainerConfigError',
    once: 'Completed',
  }
  for (const [name, status] of Object.entries(expected)) {
    const pattern = new RegExp(`${name}\\s+0/1\\s+${status}\\s`)
    await eventually(async () => pattern.test(await cluster.kubectl('get', 'pod', name)), 90_000)
  }
  const crash = await cluster.kubectl(
    'get',
    'pod',
    'crash',
    '-o',
    'jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}',
  )
  assert.equal(crash, '4')
  await cluster.kubectl('delete', 'pod', ...Object.keys(expected), '--wait=true', '--timeout=60s')
})

test('bad input is refused with a reason and harms nothing', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      'apiVersion: v1\nkind: Nothing\nmetadata: {name: a}\n',
      /no matches for kind "Nothing" in version "v1"\nensure CRDs are installed first/,
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: "Bad_Name"}\nspec: {containers: [{name: c, image: i}]}\n',
      /a lowercase RFC 1123 subdomain/,
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n',
      /spec\.containers: Required value/,
    ],
    [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i, nope: 1}]}\n',
      /unknown field "spec\.containers\[0\]\.nope"/,
    ],
    ['kind: [', /error/],
  ]
  for (const [manifest, message] of cases) {
    const { code, stderr } = await cluster.tryKubectl(['apply', '-f', '-'], manifest)
    assert.notEqual(code, 0)
    assert.match(stderr, message)
  }
})

test('killed with -9 and started again the cluster has the same pods, none restarted', async () => {
  const pods = () =>
    cluster.kubectl(
      'get',
      'pods',
      '--sort-by=.metadata.name',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[*].restartCount} {.status.containerStatuses[*].containerID}{"\\n"}{end}',
    )
  // Pods that are going away from earlier tests would end meanwhile, as they should.
  const going = '-o=jsonpath={.items[*].metadata.deletionTimestamp}'
  await eventually(async () => (await cluster.kubectl('get', 'pods', going)) === '', 90_000)
  const before = await pods()
  assert.match(before, /ubuntu/)
  await cluster.crashAndRestart()
  await systemClock.sleep(2000)
  assert.equal(await pods(), before)
  assert.equal(await cluster.kubectl('exec', 'ubuntu', '--', 'echo', 'still here'), 'still here\n')
})

test('stopped and started again it runs its pods again, and counts that as upstream counts a reboot', async () => {
  const read = async () => {
    const { metadata, status } = JSON.parse(
      await cluster.kubectl('get', 'pod', 'ubuntu', '-o', 'json'),
    )
    const [{ containerID, ready, restartCount }] = status.containerStatuses
    return { uid: metadata.uid, containerID, ready, restartCount }
  }
  const before = await read()
  await cluster.stopAndStart()
  const isNew = async () => {
    const { containerID, ready } = await read()
    return ready && containerID !== before.containerID
  }
  await eventually(isNew, 60_000)
  const { uid, restartCount } = await read()
  assert.deepEqual([uid, restartCount], [before.uid, before.restartCount + 1])
})
