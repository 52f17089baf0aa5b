import { decode, encode, type OptAnswer, type Question } from 'dns-packet'
import type { NamedService } from './zone/names.ts'
import { createNameStore } from './zone/names.ts'

/** A small cluster: a Service with an address, a headless one of a StatefulSet, an external name. */
export const shopServices: readonly NamedService[] = [
  service('shop', 'web', {
    addresses: ['10.96.0.20'],
    ports: [
      { name: 'http', protocol: 'tcp', port: 80 },
      { name: 'metrics', protocol: 'tcp', port: 9090 },
    ],
    endpoints: [{ ip: '10.244.0.7', ports: [{ name: 'http', protocol: 'tcp', port: 8080 }] }],
  }),
  service('shop', 'dual', { addresses: ['10.96.0.21', 'fd00::21'] }),
  service('shop', 'db', {
    kind: 'headless',
    ports: [{ name: 'sql', protocol: 'tcp', port: 5432 }],
    endpoints: [
      { ip: '10.244.0.8', hostname: 'db-0', ports: [{ name: 'sql', protocol: 'tcp', port: 5432 }] },
      { ip: '10.244.1.8', hostname: 'db-1', ports: [{ name: 'sql', protocol: 'tcp', port: 5432 }] },
      { ip: '10.244.1.9', ports: [{ name: 'sql', protocol: 'tcp', port: 5432 }] },
    ],
  }),
  service('shop', 'empty', { kind: 'headless' }),
  service('shop', 'away', { kind: 'externalName', externalName: 'Example.org.' }),
  service('shop', 'here', {
    kind: 'externalName',
    externalName: 'web.shop.svc.cluster.local',
  }),
  service('shop', 'loop', { kind: 'externalName', externalName: 'loop.shop.svc.cluster.local' }),
]

/** A Service with what differs from one without ports, addresses and endpoints. */
export function service(
  namespace: string,
  name: string,
  more: Partial<NamedService> = {},
): NamedService {
  return {
    namespace,
    name,
    kind: 'clusterIp',
    addresses: [],
    ports: [],
    endpoints: [],
    ...more,
  }
}

/** The names of these Services, in the namespaces `shop` and `empty`. */
export function storeOf(all: readonly NamedService[] = shopServices) {
  const names = createNameStore()
  for (const each of all) names.put(`${each.namespace}/${each.name}`, each)
  names.setNamespaces(['shop', 'empty'])
  return names
}

/** A question as a resolver sends it. */
export function ask(
  name: string,
  type: Question['type'] = 'A',
  edns?: { readonly bytes: number; readonly version?: number },
): Buffer {
  const option: OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: edns?.bytes ?? 0,
    extendedRcode: 0,
    ednsVersion: edns?.version ?? 0,
    flags: 0,
    flag_do: false,
    options: [],
  }
  return encode({
    type: 'query',
    id: 4711,
    flags: 0x0100,
    questions: [{ name, type }],
    ...(edns ? { additionals: [option] } : {}),
  })
}

/** An answer in words: its code, flags, and one line for each record. */
export function inWords(answer: Buffer) {
  const { flag_aa, flag_tc, answers = [], authorities = [], additionals = [] } = decode(answer)
  const line = (record: (typeof answers)[number]) => {
    if (record.type === 'OPT') return 'OPT'
    const data = record.type === 'SOA' || record.type === 'SRV' ? { ...record.data } : record.data
    return `${record.name} ${'ttl' in record ? record.ttl : ''} ${record.type} ${text(data)}`
  }
  return {
    rcode: (answer[3] ?? 0) & 15,
    aa: flag_aa,
    tc: flag_tc,
    answers: answers.map(line),
    authorities: authorities.map(line),
    additionals: additionals.map(line),
  }
}

function text(data: unknown): string {
  if (Array.isArray(data)) return data.map(String).join(' ')
  if (typeof data === 'object' && data !== null) return Object.values(data).join(' ')
  return String(data)
}
