import { canonicalIp } from './reverse.ts'

/** One port that a Service or an endpoint offers under a name; the name may be empty. */
export interface NamedPort {
  readonly name: string
  /** In lower case, as SRV names have it: `tcp`. */
  readonly protocol: string
  readonly port: number
}

/** The ready endpoints of one slice that share their addresses' ports. */
export interface NamedEndpoint {
  readonly ip: string
  /** Of the pod, where its Service gives it one; else the address stands in its place. */
  readonly hostname?: string
  readonly ports: readonly NamedPort[]
}

/** Everything that the names of one Service are made from, as plain data. */
export interface NamedService {
  readonly namespace: string
  readonly name: string
  readonly kind: 'clusterIp' | 'headless' | 'externalName'
  /** Its cluster addresses; none when it is headless or stands for an external name. */
  readonly addresses: readonly string[]
  readonly externalName?: string
  readonly ports: readonly NamedPort[]
  /** Ready ones only; all of them when the Service publishes those that are not ready. */
  readonly endpoints: readonly NamedEndpoint[]
}

/** `Names` is what a zone is made from: the Services and namespaces of a cluster, as they are now. */
export interface Names {
  service(namespace: string, name: string): NamedService | undefined
  hasNamespace(name: string): boolean
  /** Services that have this address, or an endpoint with it. */
  at(ip: string): readonly NamedService[]
}

/** Names that somebody feeds, Service by Service. */
export interface NameStore extends Names {
  /** Replaces what is known of one Service; undefined: there is none. */
  put(key: string, service: NamedService | undefined): void
  setNamespaces(names: readonly string[]): void
  /** Forgets every Service that is not among these keys. */
  retain(keys: ReadonlySet<string>): void
  readonly size: number
}

/** Makes an empty store of names. Its keys are `namespace/name`. */
export function createNameStore(): NameStore {
  const services = new Map<string, NamedService>()
  const byAddress = new Map<string, Set<string>>()
  let namespaces: ReadonlySet<string> = new Set()

  const index = (key: string, service: NamedService) => {
    for (const ip of addressesOf(service)) {
      const keys = byAddress.get(ip) ?? new Set<string>()
      byAddress.set(ip, keys.add(key))
    }
  }
  const unindex = (key: string, service: NamedService) => {
    for (const ip of addressesOf(service)) {
      const keys = byAddress.get(ip)
      keys?.delete(key)
      if (keys?.size === 0) byAddress.delete(ip)
    }
  }
  const put = (key: string, service: NamedService | undefined) => {
    const old = services.get(key)
    if (old) unindex(key, old)
    if (service) {
      services.set(key, service)
      index(key, service)
    } else services.delete(key)
  }
  return {
    put,
    retain: (keys) => {
      for (const key of [...services.keys()]) if (!keys.has(key)) put(key, undefined)
    },
    setNamespaces: (names) => {
      namespaces = new Set(names)
    },
    get size() {
      return services.size
    },
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    hasNamespace: (name) => namespaces.has(name),
    at: (ip) => [...(byAddress.get(ip) ?? [])].flatMap((key) => services.get(key) ?? []),
  }
}

/** Every address under which a Service can be asked for in reverse. */
function addressesOf(service: NamedService): readonly string[] {
  return [...service.addresses, ...service.endpoints.map(({ ip }) => ip)].map(canonicalIp)
}
