import { isIP, isIPv4 } from 'node:net'
import type { NamedEndpoint, NamedPort, NamedService, Names } from './names.ts'
import { clusterTtl, type DnsRecord } from './records.ts'
import { canonicalIp, dashed, dashedAddress, reversedAddress } from './reverse.ts'

/** What a zone says to one question. */
export type ZoneAnswer =
  /** The name is none of the zone's: somebody else is to be asked. */
  | { readonly kind: 'elsewhere' }
  /** There is no such name (NXDOMAIN). */
  | { readonly kind: 'noName' }
  /** The name is there; without records it has none of that type (NODATA). */
  | {
      readonly kind: 'found'
      readonly records: readonly DnsRecord[]
      readonly additional: readonly DnsRecord[]
    }
  /** The name is another's alias, which is to be asked for in its place. */
  | { readonly kind: 'alias'; readonly target: string }

/** The zone of a cluster's names. */
export interface Zone {
  /** `cluster.local`, in lower case and without a dot at its end. */
  readonly domain: string
  /** Answers for a name in lower case, without a dot at its end; `type` as `A`. */
  answer(name: string, type: string): ZoneAnswer
  /** The record that says how long the absence of a name may be remembered. */
  soa(): DnsRecord
}

export interface ZoneOptions {
  readonly domain: string
  readonly names: Names
  /** Where the zone's own name server is reached: the cluster addresses of its Service. */
  readonly servers: readonly string[]
  /** Grows whenever names change. */
  serial(): number
}

/** Of the DNS-Based Service Discovery specification that is followed. */
const schemaVersion = '1.1.0'

/**
 * Makes the zone of a cluster's names after Kubernetes' DNS-Based Service Discovery specification,
 * with the names of pods that its documentation has besides. It is a pure function of `names`.
 */
export function createZone(options: ZoneOptions): Zone {
  const domain = options.domain.toLowerCase().replace(/\.$/, '')
  const { names, servers } = options
  const suffix = `.${domain}`
  return {
    domain,
    answer: (name, type) => {
      if (name === domain) return apex(type, { domain, soa })
      if (name.endsWith(suffix)) {
        const labels = name.slice(0, -suffix.length).split('.')
        return inside({ names, servers, domain }, labels, type)
      }
      const ip = reversedAddress(name)
      return ip === undefined ? elsewhere : reverse(names, ip, type, domain)
    },
    soa,
  }
  function soa(): DnsRecord {
    const data = {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: options.serial(),
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: clusterTtl,
    }
    return { owner: domain, type: 'SOA', ttl: clusterTtl, data }
  }
}

const elsewhere: ZoneAnswer = { kind: 'elsewhere' }
const noName: ZoneAnswer = { kind: 'noName' }
const noData: ZoneAnswer = { kind: 'found', records: [], additional: [] }

const found = (
  records: readonly DnsRecord[],
  additional: readonly DnsRecord[] = [],
): ZoneAnswer => ({ kind: 'found', records, additional })

function apex(
  type: string,
  { domain, soa }: { readonly domain: string; soa(): DnsRecord },
): ZoneAnswer {
  if (type === 'SOA') return found([soa()])
  if (type === 'NS') return found([{ type: 'NS', ttl: clusterTtl, data: `ns.dns.${domain}` }])
  return noData
}

interface Place {
  readonly names: Names
  readonly servers: readonly string[]
  readonly domain: string
}

/** `labels` are those before the domain, in the order of the name. */
function inside(place: Place, labels: readonly string[], type: string): ZoneAnswer {
  const kind = labels.at(-1)
  const below = labels.slice(0, -1)
  if (kind === 'svc') return serviceName(place, below, type)
  if (kind === 'pod') return podName(place.names, below, type)
  if (kind === 'dns' && below.length === 0) return noData
  if (kind === 'dns' && below.length === 1 && below[0] === 'ns') {
    return addresses(place.servers, type)
  }
  if (kind === 'dns-version' && below.length === 0) {
    if (type !== 'TXT') return noData
    return found([{ type: 'TXT', ttl: clusterTtl, data: schemaVersion }])
  }
  return noName
}

/** The records of these addresses that a question of this type asks for. */
function addresses(ips: readonly string[], type: string, owner?: string): ZoneAnswer {
  return found(addressRecords(ips, owner).filter((record) => record.type === type))
}

function addressRecords(ips: readonly string[], owner?: string): readonly DnsRecord[] {
  return [...new Set(ips)].map((ip) => ({
    ...(owner === undefined ? {} : { owner }),
    type: isIPv4(ip) ? ('A' as const) : ('AAAA' as const),
    ttl: clusterTtl,
    data: ip,
  }))
}

function podName(names: Names, labels: readonly string[], type: string): ZoneAnswer {
  if (labels.length === 0) return noData
  const namespace = labels.at(-1) ?? ''
  if (!names.hasNamespace(namespace)) return noName
  if (labels.length === 1) return noData
  const [label = ''] = labels
  const ip = labels.length === 2 ? dashedAddress(label) : undefined
  return ip === undefined ? noName : addresses([ip], type)
}

function serviceName(place: Place, labels: readonly string[], type: string): ZoneAnswer {
  const { names } = place
  if (labels.length === 0) return noData
  const namespace = labels.at(-1) ?? ''
  const name = labels.at(-2)
  if (name === undefined) return names.hasNamespace(namespace) ? noData : noName
  const service = names.service(namespace, name)
  if (service === undefined) return noName
  const rest = labels.slice(0, -2)
  if (service.kind === 'externalName') return externalName(service, rest)
  if (rest.length === 0) return whole(place, service, type)
  if (rest.length > 2) return noName
  const protocol = rest.at(-1) ?? ''
  if (protocol.startsWith('_')) return portName(place, service, rest, type)
  return rest.length === 1 ? endpointName(place, service, protocol, type) : noName
}

/** Nothing is below an external name; one that is an address is no name at all (as in CoreDNS). */
function externalName(service: NamedService, rest: readonly string[]): ZoneAnswer {
  const target = (service.externalName ?? '').toLowerCase().replace(/\.$/, '')
  if (rest.length > 0 || target === '' || isIP(target) !== 0) return noName
  return { kind: 'alias', target }
}

/** The Service under its own name. A headless one without ready endpoints has no name (the specification). */
function whole(place: Place, service: NamedService, type: string): ZoneAnswer {
  if (service.kind === 'headless' && service.endpoints.length === 0) return noName
  if (type === 'SRV') return srv(place, service, () => true)
  const ips =
    service.kind === 'headless' ? service.endpoints.map(({ ip }) => ip) : service.addresses
  return addresses(ips, type)
}

/** `_http._tcp`, or `_tcp` alone, which has names below it and no records. */
function portName(
  place: Place,
  service: NamedService,
  rest: readonly string[],
  type: string,
): ZoneAnswer {
  const protocol = (rest.at(-1) ?? '').slice(1)
  const port = rest.length === 2 ? rest[0] : undefined
  if (port !== undefined && !port.startsWith('_')) return noName
  const fits = (each: NamedPort) =>
    each.protocol === protocol && (port === undefined || each.name === port.slice(1))
  if (port === '_' || !offered(service).some(fits)) return noName
  if (port === undefined || type !== 'SRV') return noData
  return srv(place, service, fits)
}

function offered(service: NamedService): readonly NamedPort[] {
  if (service.kind === 'clusterIp') return service.ports
  return service.endpoints.flatMap(({ ports }) => ports)
}

/** One endpoint under the name of its pod, or under its address. */
function endpointName(
  { domain }: Place,
  service: NamedService,
  label: string,
  type: string,
): ZoneAnswer {
  const own = service.endpoints.filter((endpoint) => hostLabel(endpoint) === label)
  if (own.length === 0) return noName
  if (type !== 'SRV')
    return addresses(
      own.map(({ ip }) => ip),
      type,
    )
  return srvOf(own.flatMap((endpoint) => targets(endpoint, service, domain, () => true)))
}

const hostLabel = ({ hostname, ip }: NamedEndpoint) => hostname ?? dashed(ip)

const ownName = ({ name, namespace }: NamedService, domain: string) =>
  `${name}.${namespace}.svc.${domain}`

interface SrvTarget {
  readonly port: number
  readonly host: string
  readonly ips: readonly string[]
}

function targets(
  endpoint: NamedEndpoint,
  service: NamedService,
  domain: string,
  fits: (port: NamedPort) => boolean,
): readonly SrvTarget[] {
  const host = `${hostLabel(endpoint)}.${ownName(service, domain)}`
  return endpoint.ports.filter(fits).map(({ port }) => ({ port, host, ips: [endpoint.ip] }))
}

function srv({ domain }: Place, service: NamedService, fits: (port: NamedPort) => boolean) {
  if (service.kind === 'headless') {
    return srvOf(service.endpoints.flatMap((each) => targets(each, service, domain, fits)))
  }
  const host = ownName(service, domain)
  const ips = service.addresses
  return srvOf(service.ports.filter(fits).map(({ port }) => ({ port, host, ips })))
}

/** Each target once; they share a weight of 100, and their addresses come along. */
function srvOf(all: readonly SrvTarget[]): ZoneAnswer {
  const distinct = [...new Map(all.map((each) => [`${each.host} ${each.port}`, each])).values()]
  const weight = Math.max(1, Math.floor(100 / Math.max(1, distinct.length)))
  const records = distinct.map(
    ({ port, host }): DnsRecord => ({
      type: 'SRV',
      ttl: clusterTtl,
      data: { priority: 0, weight, port, target: host },
    }),
  )
  const hosts = new Map<string, Set<string>>()
  for (const { host, ips } of distinct) {
    hosts.set(host, new Set([...(hosts.get(host) ?? []), ...ips]))
  }
  const additional = [...hosts].flatMap(([host, ips]) => addressRecords([...ips], host))
  return found(records, additional)
}

/** The names of an address: of the Service that has it, else of every endpoint that does. */
function reverse(names: Names, ip: string, type: string, domain: string): ZoneAnswer {
  const same = (other: string) => canonicalIp(other) === ip
  const holders = names.at(ip)
  const owner = holders.find((service) => service.addresses.some(same))
  const hosts = owner
    ? [ownName(owner, domain)]
    : holders.flatMap((service) =>
        service.endpoints
          .filter((endpoint) => same(endpoint.ip))
          .map((endpoint) => `${hostLabel(endpoint)}.${ownName(service, domain)}`),
      )
  if (hosts.length === 0) return elsewhere
  if (type !== 'PTR') return noData
  return found([...new Set(hosts)].map((data) => ({ type: 'PTR' as const, ttl: clusterTtl, data })))
}
