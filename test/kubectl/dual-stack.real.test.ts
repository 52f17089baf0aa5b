import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { answerLines } from '../fixture/shop.ts'

const disabled = '/proc/sys/net/ipv6/conf/all/disable_ipv6'
const hasIPv6 = existsSync(disabled) && readFileSync(disabled, 'utf8').trim() === '0'
const skip = hasIPv6 ? false : 'the kernel has no IPv6, or it is switched off'

const manifests = `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: knarr-test/web:1
        ports: [{ containerPort: 8080 }]
        env:
        - { name: POD_IPS, valueFrom: { fieldRef: { fieldPath: status.podIPs } } }
---
apiVersion: v1
kind: Service
metadata: { name: both }
spec:
  type: NodePort
  ipFamilyPolicy: RequireDualStack
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: six }
spec:
  ipFamilies: [IPv6]
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: heads }
spec:
  clusterIP: None
  ipFamilyPolicy: PreferDualStack
  selector: { app: web }
  ports: [{ port: 8080 }]
`

let cluster: RealCluster
/** One on each node. */
let pods: readonly string[] = []

const inPod = (pod: string, ...command: readonly string[]) =>
  cluster.tryKubectl(['exec', pod, '--', ...command])
const words = async (what: string, path: string) =>
  (await cluster.kubectl('get', ...what.split('/'), '-o', `jsonpath={${path}}`)).split(' ')

/** So often that both endpoints are met, of which each is on another node. */
async function ask(pod: string, place: string): Promise<void> {
  const script = `for n in 1 2 3 4 5 6 7 8; do timeout 3 wget -qO- http://${place}/ >/dev/null || exit 1; done`
  const { code, stderr } = await inPod(pod, 'sh', '-c', script)
  assert.equal(code, 0, `${pod} ${place}: ${stderr}`)
}

before(async () => {
  if (skip !== false) return
  const networks = [
    ...['--pod-cidr', '10.244.0.0/16,fd00:10:244::/56'],
    ...['--service-cidr', '10.96.0.0/12,fd00:10:96::/112'],
  ]
  cluster = await startRealCluster('--nodes', '2', ...networks)
  await cluster.apply(manifests)
  await cluster.kubectl('rollout', 'status', 'daemonset/web', '--timeout=120s')
  const names = await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')
  pods = names.trim().split('\n')
  assert.equal(pods.length, 2)
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

test('nodes and pods have networks and addresses of both families', { skip }, async () => {
  const cidrs = await words('nodes', '.items[*].spec.podCIDRs[*]')
  assert.deepEqual(cidrs.toSorted(), [
    '10.244.0.0/24',
    '10.244.1.0/24',
    'fd00:10:244:1::/64',
    'fd00:10:244::/64',
  ])
  for (const pod of pods) {
    const ips = await words(pod, '.status.podIPs[*].ip')
    assert.equal(ips.length, 2)
    assert.match(ips[1] ?? '', /^fd00:10:244:/)
    const { stdout } = await inPod(pod, 'sh', '-c', 'echo $POD_IPS')
    assert.equal(stdout, `${ips.join()}\n`)
  }
})

test('Services answer at the addresses of both, on every node', { skip }, async () => {
  const [four = '', six = ''] = await words('service/both', '.spec.clusterIPs[*]')
  assert.match(six, /^fd00:10:96::/)
  const [nodePort = ''] = await words('service/both', '.spec.ports[0].nodePort')
  const path = '.items[*].status.addresses[?(@.type=="InternalIP")].address'
  const nodeIps = await words('nodes', path)
  assert.ok(nodeIps.some((ip) => ip.includes(':')))
  const inUrl = (ip: string) => (ip.includes(':') ? `[${ip}]` : ip)
  for (const pod of pods) {
    for (const ip of [four, six]) await ask(pod, inUrl(ip))
    for (const ip of nodeIps) await ask(pod, `${inUrl(ip)}:${nodePort}`)
    await ask(pod, 'six')
    // Each pod of the other by its own address, without a Service between.
    for (const other of pods) {
      for (const ip of await words(other, '.status.podIPs[*].ip'))
        await ask(pod, `${inUrl(ip)}:8080`)
    }
  }
  for (const ip of nodeIps) {
    const answer = await fetch(`http://${inUrl(ip)}:${nodePort}/`)
    assert.equal(answer.status, 200, ip)
  }
})

test('names have records of both families', { skip }, async () => {
  const [pod = ''] = pods
  const zone = 'default.svc.cluster.local'
  const lookUp = async (name: string, type: string) => {
    const { stdout, stderr } = await inPod(pod, 'nslookup', `-type=${type}`, name)
    return answerLines(`${stdout}${stderr}`)
  }
  const [four = '', six = ''] = await words('service/both', '.spec.clusterIPs[*]')
  assert.deepEqual(await lookUp(`both.${zone}`, 'a'), [`Address: ${four}`, `Name:\tboth.${zone}`])
  assert.deepEqual(await lookUp(`both.${zone}`, 'aaaa'), [`Address: ${six}`, `Name:\tboth.${zone}`])
  assert.equal(
    (await lookUp(`heads.${zone}`, 'aaaa')).filter((line) => /^Address/.test(line)).length,
    2,
  )
  assert.deepEqual(await lookUp(`six.${zone}`, 'a'), [])
})

test('a Service gains the second address while it is used, and loses it again', {
  skip,
}, async () => {
  const [pod = ''] = pods
  await cluster.kubectl(
    'expose',
    'service',
    'both',
    '--name=one',
    '--port=80',
    '--target-port=8080',
  )
  assert.equal((await words('service/one', '.spec.clusterIPs[*]')).length, 1)
  const set = (policy: string) =>
    cluster.kubectl('patch', 'service', 'one', '-p', `{"spec":{"ipFamilyPolicy":"${policy}"}}`)
  await set('PreferDualStack')
  const [four = '', six = ''] = await words('service/one', '.spec.clusterIPs[*]')
  const until = `n=0; until timeout 1 wget -qO- http://[${six}]/; do n=$((n+1)); [ $n -lt 50 ] || exit 1; sleep 0.2; done`
  assert.equal((await inPod(pod, 'sh', '-c', until)).code, 0)
  await set('SingleStack')
  assert.deepEqual(await words('service/one', '.spec.clusterIPs[*]'), [four])
  await ask(pod, four)
})
