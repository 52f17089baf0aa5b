import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { eventually, type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'

let cluster: RealCluster
let isDown = false

before(async () => {
  cluster = await startRealCluster('--nodes', '3')
})

after(async () => {
  if (!isDown) await cluster?.[Symbol.asyncDispose]()
})

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - { labelSelector: { matchLabels: { app: web } }, topologyKey: kubernetes.io/hostname }
      containers:
        - name: nginx
          image: nginx
          readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 8080, targetPort: 80 }] }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: client }
spec:
  selector: { matchLabels: { app: client } }
  template:
    metadata: { labels: { app: client } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - { name: bash, image: ubuntu, command: [bash, -c, "trap exit TERM; while :; do sleep 1; done"] }
`

interface PodInfo {
  readonly name: string
  readonly node: string
  readonly ip: string
  readonly restarts: number
  readonly container: string
}

async function podsOf(app: string): Promise<readonly PodInfo[]> {
  const fields = [
    '.metadata.name',
    '.spec.nodeName',
    '.status.podIP',
    '.status.containerStatuses[0].restartCount',
    '.status.containerStatuses[0].containerID',
  ]
  const line = fields.map((field) => `{${field}}`).join(' ')
  const path = `jsonpath={range .items[*]}${line}{"\\n"}{end}`
  const text = await cluster.kubectl('get', 'pods', '-l', `app=${app}`, '-o', path)
  return text
    .trim()
    .split('\n')
    .map((row) => {
      const [name = '', node = '', ip = '', restarts = '', container = ''] = row.split(' ')
      return { name, node, ip, restarts: Number(restarts), container }
    })
    .toSorted((a, b) => a.node.localeCompare(b.node))
}

/** A script of bash that says who answers at an address. */
const ask = (host: string, port: string) =>
  `(exec 3<>/dev/tcp/${host}/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3) 2>&1`

async function asked(client: PodInfo, targets: readonly (readonly [string, string])[]) {
  const script = targets.map(([host, port]) => `timeout 2 bash -c "${ask(host, port)}"`).join('; ')
  const { stdout } = await cluster.tryKubectl(['exec', client.name, '--', 'bash', '-c', script])
  return stdout.match(/200 OK/g)?.length ?? 0
}

const nodePort = () =>
  cluster.kubectl('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}')
const clusterIp = () => cluster.kubectl('get', 'svc', 'web', '-o', 'jsonpath={.spec.clusterIP}')

async function allReady(): Promise<void> {
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  await cluster.kubectl('rollout', 'status', 'daemonset/client', '--timeout=60s')
}

test('three nodes are Ready, each with its part of the pods network', async () => {
  await cluster.apply(manifest)
  const path = 'jsonpath={range .items[*]}{.metadata.name} {.spec.podCIDR} {end}'
  const [first = '', ...rest] = (await cluster.kubectl('get', 'nodes', '-o', path))
    .trim()
    .split(' ')
  assert.deepEqual(rest, [
    '10.244.0.0/24',
    `${first}-2`,
    '10.244.1.0/24',
    `${first}-3`,
    '10.244.2.0/24',
  ])
  assert.equal((await cluster.kubectl('get', 'nodes')).match(/ Ready /g)?.length, 3)
  await allReady()
  const ips = (await podsOf('web')).map(({ ip }) => ip.replace(/\.\d+$/, ''))
  assert.deepEqual(ips, ['10.244.0', '10.244.1', '10.244.2'])
})

test("pods of every node reach every node's pods, Services and the API server", async () => {
  const [web, clients] = [await podsOf('web'), await podsOf('client')]
  const service: readonly [string, string] = [await clusterIp(), '8080']
  const targets = [...web.map(({ ip }) => [ip, '80'] as const), service]
  // Each node has the rules of a Service a moment after the pods behind it are Ready, as upstream's have.
  const url = `http://127.0.0.1:${await nodePort()}/`
  await eventually(() =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  for (const client of clients) await eventually(async () => (await asked(client, targets)) === 4)
  for (const { name, node } of clients) {
    const script = 'exec 3<>/dev/tcp/$KUBERNETES_SERVICE_HOST/$KUBERNETES_SERVICE_PORT && echo in'
    assert.equal(await cluster.kubectl('exec', name, '--', 'bash', '-c', script), 'in\n', node)
  }
})

test('a node port answers at the address of every node', async () => {
  const path = 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}'
  const addresses = (await cluster.kubectl('get', 'nodes', '-o', path)).split(' ')
  assert.equal(addresses.length, 3)
  for (const address of ['127.0.0.1', ...addresses]) {
    assert.equal((await fetch(`http://${address}:${await nodePort()}/`)).status, 200, address)
  }
})

test('a pod sees the address of a pod of another node, not of a node', async () => {
  const [client] = await podsOf('client')
  const other = (await podsOf('web')).at(-1)
  assert.ok(client && other)
  assert.equal(await asked(client, [[other.ip, '80']]), 1)
  await eventually(async () => (await cluster.kubectl('logs', other.name)).includes(client.ip))
})

test('a node that is cut off is lost to the others and not to itself, until it is healed', async () => {
  const [web, clients] = [await podsOf('web'), await podsOf('client')]
  const [inside, lost] = [clients[1], web[2]]
  assert.ok(inside && lost)
  const target = [[lost.ip, '80']] as const
  assert.equal(await asked(inside, target), 1)
  await cluster.apply(fault('cut', 'NodePartition', lost.node))
  await cluster.kubectl('wait', 'fault/cut', '--for=jsonpath={.status.phase}=Active')
  assert.equal(await asked(inside, target), 0)
  const { stderr } = await cluster.tryKubectl(['exec', lost.name, '--', 'true'])
  assert.match(stderr, /cannot be reached/)
  await cluster.kubectl('delete', 'fault', 'cut')
  assert.equal(await asked(inside, target), 1)
})

test('a node that crashes loses its containers, and has its pods again after a restart', async () => {
  const before = (await podsOf('client'))[1]
  assert.ok(before)
  await cluster.apply(fault('crash', 'NodeCrash', before.node))
  await cluster.kubectl('wait', 'fault/crash', '--for=jsonpath={.status.phase}=Active')
  assert.equal(processesOf(`nodes/${before.node}/containerd`).length, 0)
  await cluster.kubectl('delete', 'fault', 'crash')
  await eventually(async () => {
    const now = (await podsOf('client'))[1]
    return now?.name === before.name && now.restarts > 0
  })
  await allReady()
})

test('killed with -9 and started again, all nodes go on with the containers that they had', async () => {
  const before = [await podsOf('web'), await podsOf('client')]
  await cluster.crashAndRestart()
  await allReady()
  assert.deepEqual([await podsOf('web'), await podsOf('client')], before)
  const [client] = await podsOf('client')
  assert.ok(client)
  assert.equal(await asked(client, [[await clusterIp(), '8080']]), 1)
})

test('started with fewer nodes, the others go with their pods', async () => {
  await cluster.crashAndRestart('--nodes', '2')
  const names = await cluster.kubectl('get', 'nodes', '-o', 'name')
  assert.equal(names.trim().split('\n').length, 2)
  await eventually(async () => (await podsOf('client')).length === 2)
  assert.equal(
    execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).match(prefix())?.length,
    1,
  )
})

test('down leaves nothing of any node on the machine', async () => {
  const ours = prefix()
  const { dataDir } = cluster
  isDown = true
  await cluster[Symbol.asyncDispose]()
  const shown = (file: string, ...args: readonly string[]) =>
    execFileSync(file, args, { encoding: 'utf8' })
  for (const text of [
    shown('ip', 'netns', 'list'),
    shown('ip', '-o', 'link', 'show'),
    shown('ip', 'route', 'show'),
    shown('nft', 'list', 'tables'),
    readFileSync('/proc/self/mountinfo', 'utf8'),
    globSync(['/sys/fs/cgroup/knarr-*', '/sys/fs/cgroup/*/knarr-*']).join('\n'),
  ]) {
    assert.doesNotMatch(text, ours)
    assert.equal(text.includes(dataDir), false)
  }
  assert.equal(existsSync(dataDir), false)
  assert.deepEqual(processesOf(dataDir), [])
})

function fault(name: string, type: string, node: string): string {
  return `{ apiVersion: sim.knarr.dev/v1alpha1, kind: Fault, metadata: { name: ${name} }, spec: { type: ${type}, node: ${node} } }`
}

/** The names that this cluster's things have where names are shared. */
function prefix(): RegExp {
  const state = execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' })
  const id = /knarr-([0-9a-f]{6})/.exec(state)?.[1] ?? 'no table'
  return new RegExp(`(kn|knarr-)${id}`, 'g')
}

function processesOf(word: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).includes(word))
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
