import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { service, storeOf } from '../dns-fixture.ts'
import type { DnsRecord } from './records.ts'
import { createZone, type ZoneAnswer } from './zone.ts'

const zone = createZone({
  domain: 'Cluster.Local.',
  names: storeOf(),
  servers: ['10.96.0.10'],
  serial: () => 7,
})

const data = (record: DnsRecord) =>
  record.type === 'SRV'
    ? `${record.data.priority} ${record.data.weight} ${record.data.port} ${record.data.target}`
    : record.type === 'SOA'
      ? `${record.data.mname} ${record.data.minimum}`
      : record.data

function words(answer: ZoneAnswer): string {
  if (answer.kind === 'alias') return `CNAME ${answer.target}`
  if (answer.kind !== 'found') return answer.kind
  return answer.records.map((each) => `${each.type} ${data(each)}`).join(', ')
}

const c = 'cluster.local'
const reverse6 = `1.2.0.0${'.0'.repeat(24)}.0.0.d.f.ip6.arpa`
/** name, type → what the specification says */
const questions: readonly (readonly [name: string, type: string, want: string])[] = [
  // A Service with an address.
  [`web.shop.svc.${c}`, 'A', 'A 10.96.0.20'],
  [`web.shop.svc.${c}`, 'AAAA', ''],
  [`web.shop.svc.${c}`, 'MX', ''],
  [`dual.shop.svc.${c}`, 'A', 'A 10.96.0.21'],
  [`dual.shop.svc.${c}`, 'AAAA', 'AAAA fd00::21'],
  [`_http._tcp.web.shop.svc.${c}`, 'SRV', `SRV 0 100 80 web.shop.svc.${c}`],
  [`web.shop.svc.${c}`, 'SRV', `SRV 0 50 80 web.shop.svc.${c}, SRV 0 50 9090 web.shop.svc.${c}`],
  [`_http._tcp.web.shop.svc.${c}`, 'A', ''],
  [`_tcp.web.shop.svc.${c}`, 'SRV', ''],
  [`_http._udp.web.shop.svc.${c}`, 'SRV', 'noName'],
  [`_ftp._tcp.web.shop.svc.${c}`, 'SRV', 'noName'],
  [`http._tcp.web.shop.svc.${c}`, 'SRV', 'noName'],
  [`_._tcp.dual.shop.svc.${c}`, 'SRV', 'noName'],
  [`10-244-0-7.web.shop.svc.${c}`, 'A', 'A 10.244.0.7'],
  // A headless one.
  [`db.shop.svc.${c}`, 'A', 'A 10.244.0.8, A 10.244.1.8, A 10.244.1.9'],
  [`db.shop.svc.${c}`, 'AAAA', ''],
  [`db-0.db.shop.svc.${c}`, 'A', 'A 10.244.0.8'],
  [`db-9.db.shop.svc.${c}`, 'A', 'noName'],
  [`10-244-1-9.db.shop.svc.${c}`, 'A', 'A 10.244.1.9'],
  [`10-244-0-8.db.shop.svc.${c}`, 'A', 'noName'],
  [
    `_sql._tcp.db.shop.svc.${c}`,
    'SRV',
    ['db-0', 'db-1', '10-244-1-9'].map((h) => `SRV 0 33 5432 ${h}.db.shop.svc.${c}`).join(', '),
  ],
  [`db-1.db.shop.svc.${c}`, 'SRV', `SRV 0 100 5432 db-1.db.shop.svc.${c}`],
  [`x.db-0.db.shop.svc.${c}`, 'A', 'noName'],
  [`empty.shop.svc.${c}`, 'A', 'noName'],
  // External names.
  [`away.shop.svc.${c}`, 'A', 'CNAME example.org'],
  [`away.shop.svc.${c}`, 'SRV', 'CNAME example.org'],
  [`x.away.shop.svc.${c}`, 'A', 'noName'],
  // Pods by their address.
  [`10-244-0-7.shop.pod.${c}`, 'A', 'A 10.244.0.7'],
  [`fd00--7.shop.pod.${c}`, 'AAAA', 'AAAA fd00::7'],
  [`10-244-0-7.shop.pod.${c}`, 'AAAA', ''],
  [`10-244-0-7.nowhere.pod.${c}`, 'A', 'noName'],
  [`10-244-0.shop.pod.${c}`, 'A', 'noName'],
  [`x.10-244-0-7.shop.pod.${c}`, 'A', 'noName'],
  // Names that only have names below them.
  [`shop.svc.${c}`, 'A', ''],
  [`empty.svc.${c}`, 'A', ''],
  [`nowhere.svc.${c}`, 'A', 'noName'],
  [`svc.${c}`, 'A', ''],
  [`pod.${c}`, 'A', ''],
  [`shop.pod.${c}`, 'A', ''],
  // The zone itself.
  [c, 'SOA', `SOA ns.dns.${c} 5`],
  [c, 'NS', `NS ns.dns.${c}`],
  [c, 'A', ''],
  [`ns.dns.${c}`, 'A', 'A 10.96.0.10'],
  [`dns-version.${c}`, 'TXT', 'TXT 1.1.0'],
  [`nowhere.${c}`, 'A', 'noName'],
  [`web.nowhere.svc.${c}`, 'A', 'noName'],
  // Addresses.
  ['20.0.96.10.in-addr.arpa', 'PTR', `PTR web.shop.svc.${c}`],
  ['20.0.96.10.in-addr.arpa', 'A', ''],
  ['8.0.244.10.in-addr.arpa', 'PTR', `PTR db-0.db.shop.svc.${c}`],
  ['7.0.244.10.in-addr.arpa', 'PTR', `PTR 10-244-0-7.web.shop.svc.${c}`],
  [reverse6, 'PTR', `PTR dual.shop.svc.${c}`],
  ['8.8.8.8.in-addr.arpa', 'PTR', 'elsewhere'],
  ['x.in-addr.arpa', 'PTR', 'elsewhere'],
  // Somebody else's.
  ['example.org', 'A', 'elsewhere'],
  [`x${c}`, 'A', 'elsewhere'],
  ['', 'NS', 'elsewhere'],
]
for (const [name, type, want] of questions) {
  test(`${type} of ${name}`, () => assert.equal(words(zone.answer(name, type)), want))
}

test('an SRV record brings the addresses of its target along', () => {
  const answer = zone.answer(`_sql._tcp.db.shop.svc.${c}`, 'SRV')
  assert.ok(answer.kind === 'found')
  assert.deepEqual(
    answer.additional.map(
      ({ owner, type, ...rest }) => `${owner} ${type} ${'data' in rest ? rest.data : ''}`,
    ),
    [
      `db-0.db.shop.svc.${c} A 10.244.0.8`,
      `db-1.db.shop.svc.${c} A 10.244.1.8`,
      `10-244-1-9.db.shop.svc.${c} A 10.244.1.9`,
    ],
  )
})

test('every record of the cluster may be kept for five seconds', () => {
  for (const [name, type] of questions) {
    const answer = zone.answer(name, type)
    if (answer.kind !== 'found') continue
    for (const { ttl } of [...answer.records, ...answer.additional]) assert.equal(ttl, 5)
  }
})

test('what a store holds is what was put last, however it got there', () => {
  const names = fc.constantFrom('a', 'b', 'c')
  const ips = fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1', 'FD00:0::2')
  const change = fc.record({ name: names, ips: fc.option(fc.array(ips), { nil: undefined }) })
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const store = storeOf([])
      for (const { name, ips: addresses } of changes) {
        store.put(`ns/${name}`, addresses && service('ns', name, { addresses }))
      }
      const last = new Map(changes.map(({ name, ips: addresses }) => [name, addresses]))
      for (const ip of ['10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2']) {
        const want = [...last].filter(([, addresses]) =>
          addresses?.some((each) => each.toLowerCase().replace(':0::', '::') === ip),
        )
        assert.deepEqual(
          store
            .at(ip)
            .map(({ name }) => name)
            .sort(),
          want.map(([name]) => name).sort(),
        )
      }
      assert.equal(store.size, [...last.values()].filter((each) => each !== undefined).length)
    }),
  )
})
