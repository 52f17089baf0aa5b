import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostNetworkHostsFile, podHostsFile } from './etc-hosts.ts'
import {
  beyondLoopback,
  clusterFirst,
  parseResolvConf,
  withinResolverLimits,
  withPodDns,
} from './resolver.ts'

const aliases = [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }]

test("a pod's hosts file names the pod, its domain and the aliases", () => {
  const file = podHostsFile({
    podIps: ['10.0.0.3', 'fd00::3'],
    hostname: 'web-0',
    domain: 'web.default.svc.cluster.local',
    aliases,
  })
  assert.equal(
    file.slice(file.indexOf('10.0.0.3')),
    '10.0.0.3\tweb-0.web.default.svc.cluster.local\tweb-0\n' +
      'fd00::3\tweb-0.web.default.svc.cluster.local\tweb-0\n' +
      '\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n',
  )
  assert.ok(file.startsWith('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n'))
})

test("a pod on the node's network keeps the node's hosts file", () => {
  assert.equal(
    hostNetworkHostsFile('127.0.0.1 localhost\n', []),
    '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n',
  )
})

test('resolver settings are read as resolvers read them', () => {
  const config = parseResolvConf(
    '# c\nnameserver 10.0.0.1\nsearch old\nsearch a. b .\nnameserver ::1\ndomain x\noptions ndots:1 edns0\noptions ndots:2 rotate\n',
  )
  assert.deepEqual(config, {
    nameservers: ['10.0.0.1', '::1'],
    searches: ['a', 'b'],
    options: ['ndots:2', 'edns0', 'rotate'],
  })
})

test('cluster names come before the node ones, and dnsConfig adds to both', () => {
  const base = clusterFirst(
    { namespace: 'ns', domain: 'cluster.local', nameservers: ['10.96.0.10'] },
    { nameservers: ['8.8.8.8'], searches: ['corp'], options: ['rotate'] },
  )
  assert.deepEqual(base, {
    nameservers: ['10.96.0.10'],
    searches: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp'],
    options: ['ndots:5'],
  })
  const merged = withPodDns(base, {
    nameservers: ['10.96.0.10', '1.1.1.1'],
    options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
  })
  assert.deepEqual(merged.nameservers, ['10.96.0.10', '1.1.1.1'])
  assert.deepEqual(merged.options, ['ndots:2', 'edns0'])
})

test('what a resolver cannot hold is cut and said', () => {
  const { config, warnings } = withinResolverLimits({
    nameservers: ['1', '2', '3', '4'],
    searches: ['l'.repeat(254), ...Array.from('abcdefghij', (letter) => letter.repeat(250))],
    options: [],
  })
  assert.deepEqual(config.nameservers, ['1', '2', '3'])
  assert.equal(config.searches.map(([letter]) => letter).join(''), 'abcdefgh')
  assert.match(warnings[0] ?? '', /^Nameserver limits were exceeded, .* line is: 1 2 3$/)
  assert.match(warnings[1] ?? '', /^Search Line limits were exceeded/)
})

test('pods of a machine with a resolver on its loopback ask those that it asks', () => {
  const conf = (...nameservers: string[]) => ({ nameservers, searches: [], options: [] })
  const [stub, behind] = [conf('127.0.0.53'), conf('10.0.0.53')]
  assert.equal(beyondLoopback(stub, behind), behind)
  assert.equal(beyondLoopback(stub, undefined), stub)
  assert.equal(beyondLoopback(stub, conf()), stub)
  const outer = conf('127.0.0.1', '192.0.2.1')
  assert.equal(beyondLoopback(outer, behind), outer)
})
