import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Simulation, simulate } from '#testing'
import { answerLines, shop, shopQuestions } from '../../fixture/shop.ts'

/** Who else asks, and how. */
const others = `
apiVersion: v1
kind: Pod
metadata: { name: client, namespace: shop }
spec:
  hostAliases: [{ ip: 10.9.8.7, hostnames: [old-db] }]
  containers: [{ name: c, image: busybox, command: [sleep, '1000000'] }]
---
apiVersion: v1
kind: Pod
metadata: { name: other }
spec:
  dnsPolicy: None
  dnsConfig:
    nameservers: [10.96.0.10]
    searches: [shop.svc.cluster.local]
    options: [{ name: timeout, value: '2' }, { name: attempts, value: '1' }]
  containers: [{ name: c, image: busybox, command: [sleep, '1000000'] }]
`

async function startShop(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 2 })
  await cluster.apply(shop)
  await cluster.apply(others)
  await cluster.until(() => cluster.deployment('api', 'shop').available, { within: '5m' })
  await cluster.until(() => cluster.pod('client', 'shop').ready && cluster.pod('other').ready)
  await cluster.advance('2s')
  return cluster
}

/** What a script says in a pod, and how many virtual milliseconds it takes. */
async function run(cluster: Simulation, pod: readonly [string, string?], script: string) {
  const [name, namespace] = pod
  const beginMs = cluster.now.getTime()
  const { stdout, stderr, exitCode } = await cluster.exec(name, ['sh', '-c', script], {
    ...(namespace ? { namespace } : {}),
  })
  return { out: stdout + stderr, exitCode, tookMs: cluster.now.getTime() - beginMs }
}

const client = ['client', 'shop'] as const

test('three tiers find each other by names, and ten kinds of names are answered as by real nodes', async () => {
  await using cluster = await startShop()
  const said = async (script: string) => (await run(cluster, client, script)).out
  const ip = cluster.service('api', 'shop').clusterIP ?? assert.fail()
  const zone = 'svc.cluster.local'
  const ipsOf = (app: string) =>
    cluster.pods({ app }, 'shop').map(({ object }) => object.status?.podIP ?? '')
  const db = ipsOf('db')
  const questions = shopQuestions({ api: ip, db, apiPods: ipsOf('api') })
  for (const [name, type, want] of questions) {
    const lines = answerLines(await said(`nslookup -type=${type} ${name}`))
    assert.deepEqual(lines, want, `${type} of ${name}`)
  }
  for (const url of ['http://api/', 'http://api.shop/', 'http://db-1.db:8080/']) {
    assert.equal((await run(cluster, client, `wget -qO- ${url}`)).exitCode, 0, url)
  }
  const onHost = await run(cluster, ['on-host', 'shop'], 'getent hosts api')
  assert.equal(onHost.out, `${ip.padEnd(15)} api.shop.${zone}\n`)
  assert.equal(await said('getent hosts old-db'), '10.9.8.7        old-db\n')
  const digs: readonly (readonly [string, string])[] = [
    ['+short +search api A', `${ip}\n`],
    [`+noall +answer api.shop.${zone}`, `api.shop.${zone}.\t5\tIN\tA\t${ip}\n`],
    ['+short api', ''],
    [`+short -x ${db[1]}`, `db-1.db.shop.${zone}.\n`],
    [`+short away.shop.${zone}`, `api.shop.${zone}.\n${ip}\n`],
    [`+short away.shop.${zone} CNAME`, `api.shop.${zone}.\n`],
    ['+short +search _http._tcp.api SRV', `0 100 80 api.shop.${zone}.\n`],
  ]
  for (const [question, want] of digs) assert.equal(await said(`dig ${question}`), want, question)
  assert.match(await said(`dig nobody.shop.${zone}`), /status: NXDOMAIN/)
})

test("a pod's resolv.conf is what its policy says, and its search path what it is asked by", async () => {
  await using cluster = await startShop()
  const conf =
    'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n'
  assert.equal((await run(cluster, client, 'cat /etc/resolv.conf')).out, conf)
  const own = await run(
    cluster,
    ['other'],
    'cat /etc/resolv.conf; curl -s -o /dev/null -w "%{http_code}" http://api',
  )
  assert.equal(
    own.out,
    'search shop.svc.cluster.local\nnameserver 10.96.0.10\noptions timeout:2 attempts:1\n200',
  )
})

test('a name server that is down costs time-outs, one that is slow its delay, and both heal', async () => {
  await using cluster = await startShop()
  const node = cluster.pod('client', 'shop').object.spec?.nodeName ?? assert.fail()
  const curl = (more = '') => run(cluster, client, `curl -sS ${more} http://api -o /dev/null`)
  const usual = await curl()
  assert.deepEqual([usual.out, usual.exitCode], ['', 0])

  const silence = await cluster.fault('down', { type: 'DnsDown', node })
  await cluster.advance('1s')
  const down = await curl()
  assert.deepEqual(down, {
    out: 'curl: (6) Could not resolve host: api\n',
    exitCode: 6,
    tookMs: usual.tookMs + 20_000,
  })
  const limited = await curl('-m 3')
  assert.deepEqual(limited, {
    out: 'curl: (28) Resolving timed out after 3000 milliseconds\n',
    exitCode: 28,
    tookMs: usual.tookMs + 3_000,
  })
  const asked = await run(cluster, client, 'nslookup -type=a api.shop.svc.cluster.local')
  assert.deepEqual(asked.out, ';; connection timed out; no servers could be reached\n\n')
  // Addresses need no names.
  const ip = cluster.service('api', 'shop').clusterIP
  assert.equal((await run(cluster, client, `curl -s -o /dev/null http://${ip}`)).exitCode, 0)
  await silence.heal()
  await cluster.advance('1s')
  assert.equal((await curl()).exitCode, 0)

  await cluster.fault('slow', { type: 'DnsSlow', node, delay: '300ms' })
  await cluster.advance('1s')
  assert.deepEqual(await curl(), { ...usual, tookMs: usual.tookMs + 300 })
  // One name of the search path after the other.
  const missing = await run(cluster, client, 'getent hosts nobody.shop')
  assert.deepEqual([missing.exitCode, missing.tookMs - usual.tookMs], [2, 4 * 300 + 20])
})

test('a load by name meets the pods, and is without an answer while names are', async () => {
  await using cluster = await startShop()
  using load = cluster.load({ to: 'http://api.shop', perSecond: 10 })
  await cluster.advance('10s')
  assert.deepEqual(
    Object.entries(load.counts.ended).filter(([, count]) => count > 0),
    [['answered', 100]],
  )
  await cluster.fault('down', { type: 'DnsDown', node: 'node-1' })
  await cluster.advance('10s')
  assert.ok(load.counts.ended.timeout > 20, JSON.stringify(load.counts))
})

test('a node that hears nothing of the API answers with the names that it knows', async () => {
  await using cluster = await startShop()
  const node = cluster.pod('client', 'shop').object.spec?.nodeName ?? assert.fail()
  const partition = await cluster.fault('cut', { type: 'NodePartition', node })
  await cluster.advance('1s')
  await cluster.apply(
    'apiVersion: v1\nkind: Service\nmetadata: { name: late, namespace: shop }\nspec: { clusterIP: None, ports: [{ port: 1 }] }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: later, namespace: shop }\nspec: { ports: [{ port: 1 }] }\n',
  )
  using load = cluster.load({ to: 'http://later.shop', perSecond: 1, fromNode: node })
  await cluster.advance('5s')
  assert.equal(load.counts.ended.unknownHost, 4)
  await partition.heal()
  await cluster.advance('1m')
  assert.equal((await run(cluster, client, 'getent hosts later')).exitCode, 0)
})
