import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NetworkPolicySpec } from '../../../generated/types/index.ts'
import { refusalsOf } from '../../../shared/refusals-fixture.ts'
import { networkPolicies } from './index.ts'

type Peer = NonNullable<NonNullable<NetworkPolicySpec['ingress']>[0]['from']>[0]
type Port = NonNullable<NonNullable<NetworkPolicySpec['ingress']>[0]['ports']>[0]

const refusals = (spec: NetworkPolicySpec) =>
  refusalsOf(networkPolicies, { metadata: { namespace: 'shop', name: 'p' }, spec })
const ofPeer = (peer: Peer) =>
  refusals({ podSelector: {}, ingress: [{ from: [peer] }] }).map((text) =>
    text.replace('spec.ingress[0].from[0]', '@'),
  )
const ofPort = (port: Port) =>
  refusals({ podSelector: {}, egress: [{ ports: [port] }] }).map((text) =>
    text.replace('spec.egress[0].ports[0].', '@'),
  )
const notCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
const subset = 'must be a strict subset of `cidr`'

describe('what upstream refuses of a policy is refused in its words', () => {
  test('ports', () => {
    const range = 'must be between 1 and 65535, inclusive'
    const cases: readonly (readonly [Port, readonly string[]])[] = [
      [{ port: 80, endPort: 80 }, []],
      [{ port: 'http' }, []],
      [{}, []],
      [{ port: 0 }, [`@port: Invalid value: 0: ${range}`]],
      [{ port: 70_000 }, [`@port: Invalid value: 70000: ${range}`]],
      [
        { port: 'h_tp' },
        [
          '@port: Invalid value: "h_tp": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        ],
      ],
      [
        { endPort: 80 },
        ['@endPort: Invalid value: 80: may not be specified when `port` is not specified'],
      ],
      [
        { port: 'http', endPort: 80 },
        ['@endPort: Invalid value: 80: may not be specified when `port` is non-numeric'],
      ],
      [
        { port: 80, endPort: 79 },
        ['@endPort: Invalid value: 80: must be greater than or equal to `port`'],
      ],
      [{ port: 80, endPort: 65_536 }, [`@endPort: Invalid value: 65536: ${range}`]],
      [
        { port: 80, protocol: 'ICMP' },
        ['@protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
      ],
    ]
    for (const [port, texts] of cases) assert.deepEqual(ofPort(port), texts, JSON.stringify(port))
  })

  test('peers and blocks', () => {
    const block = (cidr: string, ...except: readonly string[]) => ({ ipBlock: { cidr, except } })
    const cases: readonly (readonly [Peer, readonly string[]])[] = [
      [{}, ['@: Required value: must specify a peer']],
      [
        { podSelector: {}, ...block('10.0.0.0/8') },
        ['@: Forbidden: may not specify both ipBlock and another peer'],
      ],
      [block('10.0.0.0/8', '10.1.0.0/16'), []],
      [block('::/0', 'fd00::/8'), []],
      [block('0.0.0.0/0', '10.0.0.7/32'), []],
      [block(''), ['@.ipBlock.cidr: Required value']],
      [block('10.0.0.0'), [`@.ipBlock.cidr: Invalid value: "10.0.0.0": ${notCidr}`]],
      [block('10.0.0.0/33'), [`@.ipBlock.cidr: Invalid value: "10.0.0.0/33": ${notCidr}`]],
      [block('10.0.0.0/8', 'x'), [`@.ipBlock.except[0]: Invalid value: "x": ${notCidr}`]],
      ...['10.0.0.0/8', '10.0.0.0/7', '11.0.0.0/16', 'fd00::/16', '0.0.0.0/0'].map(
        (except) =>
          [
            block('10.0.0.0/8', except),
            [`@.ipBlock.except[0]: Invalid value: "${except}": ${subset}`],
          ] as const,
      ),
    ]
    for (const [peer, texts] of cases) assert.deepEqual(ofPeer(peer), texts, JSON.stringify(peer))
  })

  test('types and selectors', () => {
    assert.deepEqual(refusals({ podSelector: {}, policyTypes: ['Ingres'] }), [
      'spec.policyTypes[0]: Unsupported value: "Ingres": supported values: "Egress", "Ingress"',
    ])
    const three = ['Ingress', 'Egress', 'Ingress']
    assert.deepEqual(refusals({ podSelector: {}, policyTypes: three }), [
      'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ])
    const [text = ''] = refusals({ podSelector: { matchLabels: { 'a/b/c': 'x' } } })
    assert.match(text, /^spec\.podSelector\.matchLabels: Invalid value: "a\/b\/c": /)
  })
})

test('networks in another form than they should have are warned of', () => {
  const texts = ['10.0.0.7/8', '010.0.0.0/8', 'FD00::/8', '10.0.0.0/8', 'fd00::7/8']
  const from = texts.map((cidr) => ({ ipBlock: { cidr } }))
  const spec = {
    podSelector: {},
    ingress: [{ from }],
    egress: [{ to: [{ ipBlock: { cidr: '::/0', except: ['1::1/16'] } }] }],
  }
  const object = { metadata: { namespace: 'shop', name: 'p' }, spec }
  const at = (index: number) => `spec.ingress[0].from[${index}].ipBlock.cidr`
  assert.deepEqual(networkPolicies.strategy.warnings?.(object), [
    `${at(0)}: CIDR value "10.0.0.7/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.7/32"?)`,
    `${at(1)}: non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"`,
    `${at(2)}: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")`,
    `${at(4)}: CIDR value "fd00::7/8" is ambiguous in this context (should be "fd00::/8" or "fd00::7/128"?)`,
    'spec.egress[0].to[0].ipBlock.except[0]: CIDR value "1::1/16" is ambiguous in this context (should be "1::/16" or "1::1/128"?)',
  ])
})
