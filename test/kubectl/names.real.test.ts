import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#lib'
import { eventually, type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { answerLines, shop, shopQuestions } from '../fixture/shop.ts'

let cluster: RealCluster
/** One on each node. */
let fronts: readonly string[] = []

const inShop = (...args: readonly string[]) => cluster.kubectl('-n', 'shop', ...args)
const inPod = (pod: string, ...command: readonly string[]) =>
  cluster.tryKubectl(['-n', 'shop', 'exec', pod, '--', ...command])

/** What `nslookup` says of a name, as lines in order of their text. */
async function lookUp(pod: string, name: string, type: string): Promise<readonly string[]> {
  const { stdout, stderr } = await inPod(pod, 'nslookup', `-type=${type}`, name)
  return answerLines(`${stdout}${stderr}`)
}

before(async () => {
  cluster = await startRealCluster('--nodes', '2')
  await cluster.apply(shop)
  for (const what of ['statefulset/db', 'deployment/api', 'daemonset/front']) {
    await inShop('rollout', 'status', what, '--timeout=120s')
  }
  await inShop('wait', '--for=condition=Ready', 'pod/on-host', '--timeout=60s')
  const names = await inShop('get', 'pods', '-l', 'app=front', '-o', 'name')
  fronts = names.trim().split('\n')
  assert.equal(fronts.length, 2)
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

test('three tiers reach each other by names, on every node and on the node itself', async () => {
  for (const front of fronts) {
    for (const url of ['http://api/', 'http://api.shop/', 'http://db-1.db:8080/']) {
      const { code, stderr } = await inPod(front, 'wget', '-qO-', url)
      assert.equal(code, 0, `${front} ${url}: ${stderr}`)
    }
  }
  const { code, stdout, stderr } = await inPod('on-host', 'getent', 'hosts', 'api')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^10\.\S+\s+api\.shop\.svc\.cluster\.local$/m)
})

test('ten kinds of names are answered as the specification says', async () => {
  const field = (what: string, path: string) =>
    inShop('get', ...what.split('/'), '-o', `jsonpath={${path}}`)
  const api = await field('service/api', '.spec.clusterIP')
  const db = [await field('pod/db-0', '.status.podIP'), await field('pod/db-1', '.status.podIP')]
  const ips = '{.items[*].status.podIP}'
  const apiPods = await inShop('get', 'pods', '-l', 'app=api', '-o', `jsonpath=${ips}`)
  for (const front of fronts) {
    for (const [name, type, want] of shopQuestions({ api, db, apiPods: apiPods.split(' ') })) {
      assert.deepEqual(await lookUp(front, name, type), want, `${type} of ${name}`)
    }
  }
})

test('names are answered while the control plane is gone, and changes come in after it', async () => {
  const [front = ''] = fronts
  const script =
    'for n in 1 2 3 4 5 6 7 8 9 10; do nslookup -type=a api.shop.svc.cluster.local >/dev/null || echo failed; sleep 0.5; done; echo done'
  await inPod(front, 'sh', '-c', `(${script}) >/tmp/answers 2>&1 &`)
  await cluster.crashAndRestart()
  const { stdout } = await inPod(
    front,
    'sh',
    '-c',
    'while ! grep -q done /tmp/answers; do sleep 0.2; done; cat /tmp/answers',
  )
  assert.equal(stdout, 'done\n')
  await inShop('expose', 'deployment', 'api', '--name', 'late', '--port', '80')
  const late = 'late.shop.svc.cluster.local'
  const found = await inPod(
    front,
    'sh',
    '-c',
    `n=0; until nslookup -type=a ${late} | grep -q Name; do n=$((n+1)); [ $n -lt 50 ] || exit 1; sleep 0.2; done`,
  )
  assert.equal(found.code, 0)
})

test("a node's name server can be made slow and silent, and heals", async () => {
  const [front = ''] = fronts
  const node = await inShop('get', front, '-o', 'jsonpath={.spec.nodeName}')
  const fault = (spec: string) =>
    cluster.apply(
      `{ apiVersion: sim.knarr.dev/v1alpha1, kind: Fault, metadata: { name: names }, spec: { node: ${node}, ${spec} } }`,
    )
  const question = ['nslookup', '-type=a', 'api.shop.svc.cluster.local']
  const took = async () => {
    const beginMs = systemClock.monotonicMs()
    const { code } = await inPod(front, ...question)
    return { code, tookMs: systemClock.monotonicMs() - beginMs }
  }
  const isActive = () =>
    cluster.kubectl('wait', '--for=jsonpath={.status.phase}=Active', 'fault/names', '--timeout=20s')
  await fault('type: DnsSlow, delay: 1s')
  await isActive()
  const slow = await took()
  assert.equal(slow.code, 0)
  assert.ok(slow.tookMs > 1000, `${slow.tookMs}`)
  await cluster.kubectl('delete', 'fault', 'names')
  await fault('type: DnsDown')
  await isActive()
  const down = await took()
  assert.equal(down.code, 1)
  await cluster.kubectl('delete', 'fault', 'names')
  assert.equal((await took()).code, 0)
})

test('a balanced Service answers at every node, to pods of every node and from outside', async () => {
  await inShop(
    'patch',
    'service',
    'api',
    '--type=merge',
    '-p',
    '{"spec":{"type":"LoadBalancer","ports":[{"port":7480,"targetPort":8080}]}}',
  )
  await inShop(
    'wait',
    '--for=jsonpath={.status.loadBalancer.ingress[1].ip}',
    'service/api',
    '--timeout=30s',
  )
  const addresses = (
    await inShop('get', 'service', 'api', '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}')
  ).split(' ')
  const nodes = '{.items[*].status.addresses[?(@.type=="InternalIP")].address}'
  const wanted = (await cluster.kubectl('get', 'nodes', '-o', `jsonpath=${nodes}`)).split(' ')
  assert.deepEqual(addresses, wanted)
  const nodePort = await inShop('get', 'service', 'api', '-o', 'jsonpath={.spec.ports[0].nodePort}')
  const places = addresses.flatMap((ip) => [`${ip}:${nodePort}`, `${ip}:7480`])
  // Often enough to meet the endpoint of each node, also that of the node that asks.
  const script = (place: string) =>
    `for n in 1 2 3 4 5 6 7 8; do timeout 3 wget -qO- http://${place}/ || exit 1; done`
  for (const front of fronts) {
    for (const place of places) {
      // The proxy of each node changes its rules once a second, as upstream's does.
      const once = ['timeout', '3', 'wget', '-qO-', `http://${place}/`] as const
      await eventually(async () => (await inPod(front, ...once)).code === 0, 10_000)
      const { code, stderr } = await inPod(front, 'sh', '-c', script(place))
      assert.equal(code, 0, `${front} ${place}: ${stderr}`)
    }
  }
  for (const place of places) {
    const answer = await fetch(`http://${place}/`)
    assert.equal(answer.status, 200, place)
  }
})
