import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodSpec } from '#api'
import { podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import { sandboxConfig } from './sandbox-config.ts'

const signal = new AbortController().signal

/** What the sandbox of a pod `web` in `default` is made with, and the events of that. */
async function configOf(spec: Partial<PodSpec>, addresses: readonly string[] = ['10.96.0.10']) {
  const node = { nameservers: ['192.0.2.53'], searches: ['corp.example'], options: ['rotate'] }
  const { world, events } = testWorld({
    host: {
      paths: { podLogs: '/logs' },
      cgroups: { podPath: () => '/pod' },
      node: { resolver: async () => node },
    },
  })
  Object.assign(world.network, { dns: { domain: 'cluster.local', addresses } })
  const pod = podOf({ spec: { containers: [web], ...spec } })
  return { config: await sandboxConfig(pod, 0, world, signal), events }
}

const searches = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example']
const cluster = { servers: ['10.96.0.10'], searches, options: ['ndots:5'] }
const node = { servers: ['192.0.2.53'], searches: ['corp.example'], options: ['rotate'] }
const own = { nameservers: ['1.1.1.1'], searches: ['a.b'], options: [{ name: 'edns0' }] }

/** spec → what the pod asks */
const policies: readonly (readonly [Partial<PodSpec>, object])[] = [
  [{}, cluster],
  [{ dnsPolicy: 'ClusterFirst' }, cluster],
  [{ dnsPolicy: 'ClusterFirst', hostNetwork: true }, node],
  [{ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, cluster],
  [{ dnsPolicy: 'ClusterFirstWithHostNet' }, cluster],
  [{ dnsPolicy: 'Default' }, node],
  [
    { dnsPolicy: 'None', dnsConfig: own },
    { servers: ['1.1.1.1'], searches: ['a.b'], options: ['edns0'] },
  ],
  [
    { dnsConfig: { ...own, options: [{ name: 'ndots', value: '2' }] } },
    { servers: ['10.96.0.10', '1.1.1.1'], searches: [...searches, 'a.b'], options: ['ndots:2'] },
  ],
]
for (const [spec, want] of policies) {
  test(`a pod with ${JSON.stringify(spec)} asks whom its policy says`, async () => {
    const { config, events } = await configOf(spec)
    assert.deepEqual(config.dnsConfig, want)
    assert.deepEqual(events, [])
  })
}

test('a node without the address of a DNS says so, and its pods ask as the node does', async () => {
  const { config, events } = await configOf({}, [])
  assert.deepEqual(config.dnsConfig, node)
  const why =
    'kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.'
  assert.deepEqual(events, [
    `Warning MissingClusterDNS: ${why}`,
    `Warning MissingClusterDNS: pod: "a_default(u)". ${why}`,
  ])
})

test('more name servers than a resolver takes are cut, with an event', async () => {
  const nameservers = ['1.1.1.1', '2.2.2.2', '3.3.3.3']
  const { config, events } = await configOf({ dnsConfig: { nameservers } })
  assert.deepEqual(config.dnsConfig?.servers, ['10.96.0.10', '1.1.1.1', '2.2.2.2'])
  assert.deepEqual(events, [
    'Warning DNSConfigForming: Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 1.1.1.1 2.2.2.2',
  ])
})

const names: readonly (readonly [Partial<PodSpec>, string])[] = [
  [{}, 'a'],
  [{ hostname: 'web-0' }, 'web-0'],
  [{ hostname: 'web-0', subdomain: 'web' }, 'web-0'],
  [
    { hostname: 'web-0', subdomain: 'web', setHostnameAsFQDN: true },
    'web-0.web.default.svc.cluster.local',
  ],
  [{ setHostnameAsFQDN: true }, 'a'],
  [{ hostname: 'web-0', subdomain: 'web', hostnameOverride: 'db.example.org' }, 'db.example.org'],
  [{ hostnameOverride: `${'x'.repeat(62)}.y` }, 'x'.repeat(62)],
  [{ hostNetwork: true, hostname: 'web-0' }, ''],
]
for (const [spec, want] of names) {
  test(`the host name of a pod with ${JSON.stringify(spec)} is ${want}`, async () => {
    assert.equal((await configOf(spec)).config.hostname, want)
  })
}

test('a whole name that no kernel takes fails the sandbox, in words of upstream', async () => {
  const subdomain = 'x'.repeat(40)
  const fqdn = `a.${subdomain}.default.svc.cluster.local`
  await assert.rejects(configOf({ subdomain, setHostnameAsFQDN: true }), {
    reason: 'FailedCreatePodSandBox',
    message: `Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (64 characters is the max, ${fqdn.length} characters requested)`,
  })
})
