import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endpointSlices, endpoints, nodes, services } from '#api'
import { type Simulation, simulate } from '#testing'

const manifests = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        image: registry.k8s.io/e2e-test-images/agnhost:2.59
        args: [netexec, --http-port=8080]
        ports: [{ containerPort: 8080 }]
        readinessProbe: { httpGet: { port: 8080 } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
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
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  containers:
  - name: c
    image: busybox
    command: [sleep, '1000000']
    env:
    - { name: POD_IPS, valueFrom: { fieldRef: { fieldPath: status.podIPs } } }
    - { name: HOST_IPS, valueFrom: { fieldRef: { fieldPath: status.hostIPs } } }
`

async function startWeb(networks: { readonly podCidr: string; readonly serviceCidr: string }) {
  const cluster = await simulate({ nodes: 2, ...networks })
  await cluster.apply(manifests)
  await cluster.until(() => cluster.deployment('web').available, { within: '5m' })
  await cluster.until(() => cluster.pod('client').ready)
  await cluster.advance('5s')
  const said = async (script: string) => {
    const { stdout, stderr } = await cluster.exec('client', ['sh', '-c', script])
    return stdout + stderr
  }
  return { cluster, said, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

const bothFamilies = {
  podCidr: '10.128.0.0/9,fd00:10:244::/48',
  serviceCidr: '10.96.0.0/12,fd00:10:96::/112',
}

const podOf = (cluster: Simulation, name: string) => cluster.pod(name).object
const serviceOf = (cluster: Simulation, name: string) =>
  cluster.client.get(services, { namespace: 'default', name })
const setPolicy = (cluster: Simulation, name: string, ipFamilyPolicy: string) =>
  cluster.client.patch(
    services,
    { namespace: 'default', name },
    { kind: 'merge', patch: { spec: { ipFamilyPolicy } } },
  )

describe('a cluster of both families', () => {
  test('gives nodes, pods and Services addresses of both, and says so to containers', async () => {
    await using world = await startWeb(bothFamilies)
    const { cluster, said } = world
    const node = await cluster.client.get(nodes, { name: 'node-1' })
    assert.deepEqual(
      node?.status?.addresses?.map(({ type, address }) => `${type} ${address}`),
      ['InternalIP 172.16.0.2', 'InternalIP fd00:172:16::2', 'Hostname node-1'],
    )
    assert.deepEqual(node?.spec?.podCIDRs, ['10.128.0.0/24', 'fd00:10:244::/64'])
    const { podIP, podIPs = [], hostIPs = [] } = podOf(cluster, 'client').status ?? {}
    const [four = '', six = ''] = podIPs.map(({ ip }) => ip)
    assert.equal(podIP, four)
    assert.match(four, /^10\.128\./)
    assert.match(six, /^fd00:10:244:/)
    assert.equal(
      await said('echo $POD_IPS $HOST_IPS'),
      `${four},${six} ${hostIPs.map(({ ip }) => ip).join(',')}\n`,
    )
    assert.equal(hostIPs.length, 2)
    const { clusterIPs = [], ipFamilies } = (await serviceOf(cluster, 'web')).spec ?? {}
    assert.deepEqual(ipFamilies, ['IPv4', 'IPv6'])
    assert.match(clusterIPs[1] ?? '', /^fd00:10:96::/)
  })

  test('routes both addresses of a Service, its node ports and its names', async () => {
    await using world = await startWeb(bothFamilies)
    const { cluster, said } = world
    const { clusterIPs = [], ports = [] } = (await serviceOf(cluster, 'web')).spec ?? {}
    const [four = '', six = ''] = clusterIPs
    const [{ nodePort } = { nodePort: 0 }] = ports
    const client = (podOf(cluster, 'client').status?.podIPs ?? []).map(({ ip }) => ip)
    const ask = (host: string) => said(`wget -qO- http://${host}/clientip`)
    assert.match(await ask(four), new RegExp(`^${client[0]}:`))
    assert.match(await ask(`[${six}]`), new RegExp(`^\\[?${client[1]}\\]?:`))
    for (const host of ['172.16.0.3', '[fd00:172:16::3]']) {
      assert.match(await said(`wget -qO- http://${host}:${nodePort}/hostname`), /^web-/, host)
    }
    // Whoever has both is sent to IPv6 first, as glibc sorts.
    assert.equal(
      await said('getent hosts web'),
      `${six.padEnd(15)} web.default.svc.cluster.local\n`,
    )
    assert.equal(
      await said('getent ahostsv4 web | head -1'),
      `${four.padEnd(15)} STREAM web.default.svc.cluster.local\n`,
    )
    const answers = (await said('nslookup web'))
      .split('\n')
      .filter((line) => /^Address: /.test(line))
    assert.deepEqual(answers, [`Address: ${four}`, `Address: ${six}`])
    const zone = 'svc.cluster.local'
    assert.match(await said(`nslookup -type=AAAA six.default.${zone}`), /Address: fd00:10:96::/)
    assert.match(
      await said(`nslookup ${six}`),
      new RegExp(`ip6\\.arpa\\s+name = web\\.default\\.${zone}`),
    )
    const heads = (await said(`nslookup heads.default.${zone}`)).match(/^Address: /gm)
    assert.equal(heads?.length, 4)
    assert.match(await ask('six'), new RegExp(`^\\[?${client[1]}\\]?:`))
  })

  test('has slices of each family, and Endpoints of the first', async () => {
    await using world = await startWeb(bothFamilies)
    const { cluster } = world
    const { items } = await cluster.client.list(endpointSlices, {
      namespace: 'default',
      labelSelector: 'kubernetes.io/service-name=web',
    })
    assert.deepEqual(items.map(({ addressType }) => addressType).toSorted(), ['IPv4', 'IPv6'])
    const written = await cluster.client.get(endpoints, { namespace: 'default', name: 'web' })
    const ips =
      written.subsets?.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip)) ?? []
    assert.equal(ips.length, 2)
    assert.ok(ips.every((ip) => ip.startsWith('10.128.')))
  })

  test('gives a Service its second address when it asks for it, and takes it back', async () => {
    await using world = await startWeb(bothFamilies)
    const { cluster, said } = world
    await cluster.apply(
      'apiVersion: v1\nkind: Service\nmetadata: { name: one }\nspec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }',
    )
    await cluster.advance('5s')
    const before = (await serviceOf(cluster, 'one')).spec
    assert.equal(before?.clusterIPs?.length, 1)
    await setPolicy(cluster, 'one', 'PreferDualStack')
    await cluster.advance('5s')
    const [, six = ''] = (await serviceOf(cluster, 'one')).spec?.clusterIPs ?? []
    assert.match(await said(`wget -qO- http://[${six}]/hostname`), /^web-/)
    await setPolicy(cluster, 'one', 'SingleStack')
    await cluster.advance('5s')
    assert.deepEqual((await serviceOf(cluster, 'one')).spec?.clusterIPs, before?.clusterIPs)
    assert.match(
      await said(`wget -T 3 -qO- http://[${six}]/hostname`),
      /timed out|refused|unreachable/,
    )
  })
})

describe('a cluster whose first family is IPv6', () => {
  for (const [name, podCidr, serviceCidr] of [
    ['alone', 'fd00:10:244::/48', 'fd00:10:96::/112'],
    ['before IPv4', 'fd00:10:244::/48,10.128.0.0/9', 'fd00:10:96::/112,10.96.0.0/12'],
  ] as const) {
    test(`${name} has it everywhere first`, async () => {
      await using cluster = await simulate({ nodes: 1, podCidr, serviceCidr })
      await cluster.apply(manifests.replace('ipFamilyPolicy: RequireDualStack', ''))
      await cluster.until(() => cluster.deployment('web').available, { within: '5m' })
      await cluster.until(() => cluster.pod('client').ready)
      await cluster.advance('5s')
      const node = await cluster.client.get(nodes, { name: 'node-1' })
      assert.match(node.status?.addresses?.[0]?.address ?? '', /^fd00:172:16::/)
      assert.match(podOf(cluster, 'client').status?.podIP ?? '', /^fd00:10:244:/)
      const { clusterIP } = (await serviceOf(cluster, 'web')).spec ?? {}
      assert.match(clusterIP ?? '', /^fd00:10:96::/)
      const { stdout } = await cluster.exec('client', ['wget', '-qO-', 'http://web/hostname'])
      assert.match(stdout, /^web-/)
    })
  }
})
