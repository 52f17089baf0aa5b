import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Service } from '#api'
import type { Stored } from '#machinery'
import { StatusError } from '#machinery/status'
import { startTestServer } from '../../server-fixture.ts'
import { withFamilies } from './ip-families.ts'
import type { IpFamily } from './networks.ts'

type Spec = NonNullable<Service['spec']>

/** `clusterIP` is the first of `clusterIPs`, as whatever comes here has it. */
const service = ({ clusterIPs, ...of }: Spec) =>
  ({
    metadata: { name: 's' },
    spec: { ...of, ...(clusterIPs && { clusterIP: clusterIPs[0], clusterIPs }) },
  }) as Service

/** The policy and the families of a Service, or why it is refused. */
function familiesOf(spec: Spec, old?: Spec, families: readonly IpFamily[] = ['IPv4']): string {
  try {
    const before = old && (service(old) as Stored<Service>)
    const { spec: given } = withFamilies(service(spec), before, families)
    return `${given?.ipFamilyPolicy} ${given?.ipFamilies?.join()}`
  } catch (error) {
    assert.ok(error instanceof StatusError)
    const [first] = error.status.details?.causes ?? []
    return `${first?.field}: ${first?.message}`
  }
}

const none = ['None']
const selector = { app: 'web' }
const twice = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"

const cases: readonly (readonly [name: string, spec: Spec, expected: string, old?: Spec])[] = [
  ['of nothing said', {}, 'SingleStack IPv4'],
  ['of a headless one', { clusterIPs: none, selector }, 'SingleStack IPv4'],
  ['of one without addresses and pods', { clusterIPs: none }, 'RequireDualStack IPv4,IPv6'],
  [
    'of such a one that wants IPv6 alone',
    { clusterIPs: none, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] },
    'SingleStack IPv6',
  ],
  ['of one that would like both', { ipFamilyPolicy: 'PreferDualStack' }, 'PreferDualStack IPv4'],
  [
    'of one that must have both',
    { ipFamilyPolicy: 'RequireDualStack' },
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
  ],
  [
    'of one that wants IPv6',
    { ipFamilies: ['IPv6'] },
    'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  ],
  [
    'of an address of IPv6',
    { clusterIPs: ['fd00::1'] },
    'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
  ],
  [
    'of two addresses for one family',
    { clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'] },
    `spec.ipFamilyPolicy: Invalid value: "SingleStack": ${twice} cluster IPs are specified`,
  ],
  [
    'of two families for one',
    { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] },
    `spec.ipFamilyPolicy: Invalid value: "SingleStack": ${twice} IP families are specified`,
  ],
  ['kept by an update', {}, 'PreferDualStack IPv4', { ipFamilyPolicy: 'PreferDualStack' }],
  [
    'of one that goes back to one family',
    { clusterIPs: none, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] },
    'SingleStack IPv4',
    { clusterIPs: none, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
  ],
]

const both: Spec = {
  ipFamilyPolicy: 'RequireDualStack',
  ipFamilies: ['IPv4', 'IPv6'],
  clusterIPs: ['10.0.0.1', 'fd00::1'],
}
const like: Spec = {
  type: 'ClusterIP',
  ipFamilyPolicy: 'PreferDualStack',
  ipFamilies: ['IPv4'],
  clusterIPs: ['10.0.0.1'],
}

const dualCases: typeof cases = [
  ['of nothing said', {}, 'SingleStack IPv4'],
  [
    'of one that would like both',
    { ipFamilyPolicy: 'PreferDualStack' },
    'PreferDualStack IPv4,IPv6',
  ],
  [
    'of one that must have both, IPv6 first',
    { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] },
    'RequireDualStack IPv6,IPv4',
  ],
  ['of one that wants IPv6', { ipFamilies: ['IPv6'] }, 'SingleStack IPv6'],
  ['of an address of IPv6', { clusterIPs: ['fd00::1'] }, 'SingleStack IPv6'],
  [
    'of an address of another family than it says',
    { clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv6'] },
    'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
  ],
  [
    'of one that gains the second',
    { ...like, ipFamilyPolicy: 'RequireDualStack' },
    'RequireDualStack IPv4,IPv6',
    like,
  ],
  ['of one that would like both and has one already', like, 'PreferDualStack IPv4', like],
  [
    'of one that goes back to one',
    { ...both, ipFamilyPolicy: 'SingleStack' },
    'SingleStack IPv4',
    both,
  ],
  [
    'of one that drops an address without saying so',
    { ...both, clusterIPs: ['10.0.0.1'] },
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be \'SingleStack\' to release the secondary cluster IP',
    both,
  ],
  [
    'of one that drops a family without saying so',
    { ...both, ipFamilies: ['IPv4'] },
    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be \'SingleStack\' to release the secondary IP family',
    both,
  ],
  [
    'of a headless one that would like both',
    { clusterIPs: none, selector, ipFamilyPolicy: 'PreferDualStack' },
    'PreferDualStack IPv4,IPv6',
  ],
]

describe('the families', () => {
  for (const [name, spec, expected, old] of cases) {
    test(name, () => assert.equal(familiesOf(spec, old), expected))
  }
  for (const [name, spec, expected, old] of dualCases) {
    test(`on a cluster of both, ${name}`, () =>
      assert.equal(familiesOf(spec, old, ['IPv4', 'IPv6']), expected))
  }

  test('begin with that of the cluster, also where it is IPv6', () => {
    assert.equal(familiesOf({}, undefined, ['IPv6', 'IPv4']), 'SingleStack IPv6')
    const like: Spec = { ipFamilyPolicy: 'PreferDualStack' }
    assert.equal(familiesOf(like, undefined, ['IPv6', 'IPv4']), 'PreferDualStack IPv6,IPv4')
  })

  test('are not those of a Service that is a name', () => {
    const service = { spec: { type: 'ExternalName', externalName: 'a.b' } } as Service
    assert.equal(withFamilies(service, undefined, ['IPv4']), service)
  })

  test('that a cluster cannot give are refused by its API', async () => {
    await using server = await startTestServer({ standard: true })
    await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
    const path = '/api/v1/namespaces/default/services'
    const ports = [{ port: 80 }]
    const spec = { ports, ipFamilyPolicy: 'RequireDualStack' }
    const refused = await server.send('POST', path, { metadata: { name: 's' }, spec })
    assert.equal(refused.status, 422)
    const { clusterIPs } = both
    const two = { ...both, ports, clusterIP: clusterIPs?.[0] }
    const dual = await server.send('POST', path, { metadata: { name: 's' }, spec: two })
    assert.equal(dual.status, 422)
    const headless = { metadata: { name: 's' }, spec: { ports, clusterIP: 'None' } }
    const { body } = await server.send('POST', path, headless)
    assert.deepEqual(body.spec.ipFamilies, ['IPv4', 'IPv6'])
  })
})
