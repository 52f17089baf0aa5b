import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IPAddress, ServiceCIDR } from '../../generated/types/index.ts'
import { refusalsOf, updateRefusalsOf } from '../../shared/refusals-fixture.ts'
import { ipAddresses, serviceCidrs } from '../index.ts'

const parentRef = { resource: 'services', namespace: 'a', name: 'b' }
const address = (name: string, spec: object = { parentRef }): IPAddress => ({
  metadata: { name, namespace: '' },
  // Cast: some lack what they must have.
  spec: spec as NonNullable<IPAddress['spec']>,
})
const ofName = (detail: string, name: string) => [
  `metadata.name: Invalid value: "${name}": ${detail}`,
]

const addresses: readonly (readonly [IPAddress, readonly string[]])[] = [
  [address('10.0.0.1'), []],
  [address('2001:db8::1'), []],
  [
    address('here'),
    ofName('must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', 'here'),
  ],
  [address('10.0.0.01'), ofName('must not have leading 0s', '10.0.0.01')],
  [
    address('2001:db8::0001'),
    ofName('must be in canonical form ("2001:db8::1")', '2001:db8::0001'),
  ],
  [address('10.0.0.1', {}), ['spec.parentRef: Required value']],
  [
    address('10.0.0.1', { parentRef: { group: 'A', name: 'x/y' } }),
    [
      "spec.parentRef.group: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.parentRef.resource: Required value',
      'spec.parentRef.name: Invalid value: "x/y": may not contain \'/\'',
    ],
  ],
]
for (const [object, texts] of addresses) {
  test(`an IPAddress ${object.metadata?.name}: ${texts[0] ?? 'as it should be'}`, () => {
    assert.deepEqual(refusalsOf(ipAddresses, object), texts)
  })
}

test('the parent of an IPAddress stays', () => {
  const other = address('10.0.0.1', { parentRef: { ...parentRef, name: 'c' } })
  const [refusal = ''] = updateRefusalsOf(ipAddresses, address('10.0.0.1'), other)
  assert.match(refusal, /^spec\.parentRef: Invalid value: .*: field is immutable$/)
})

const network = (...cidrs: readonly string[]): ServiceCIDR => ({
  metadata: { name: 'a', namespace: '' },
  spec: { cidrs },
})
const networks: readonly (readonly [ServiceCIDR, readonly string[]])[] = [
  [network('10.0.0.0/24'), []],
  [network('10.0.0.0/24', 'fd00::/112'), []],
  [network(), ['spec.cidrs: Required value: at least one CIDR required']],
  [
    network('10.0.0.0/24', '10.1.0.0/24'),
    [
      'spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
  ],
]
for (const [object, texts] of networks) {
  test(`a ServiceCIDR ${object.spec?.cidrs}: ${texts[0] ?? 'as it should be'}`, () => {
    assert.deepEqual(refusalsOf(serviceCidrs, object), texts)
  })
}

test('a network stays, but may get one of the other family', () => {
  const v4 = '10.0.0.0/24'
  assert.deepEqual(updateRefusalsOf(serviceCidrs, network(v4), network(v4, 'fd00::/112')), [])
  assert.deepEqual(updateRefusalsOf(serviceCidrs, network(v4), network('10.1.0.0/24')), [
    'spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable',
  ])
  assert.deepEqual(updateRefusalsOf(serviceCidrs, network(v4, 'fd00::/112'), network(v4)), [
    'spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable',
  ])
})
