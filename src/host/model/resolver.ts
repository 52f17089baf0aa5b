import type { ResolverConfig } from './node.ts'

/** Bounds of what a resolver reads, which upstream enforces on pods. */
const resolverLimits = Object.freeze({
  nameservers: 3,
  searches: 32,
  searchCharacters: 2048,
})

/**
 * Reads resolv.conf as upstream's kubelet does: every nameserver in order, the last `search` line and
 * every option once, as it was said last; comments and `domain` are passed over, so is the root as a
 * search domain, and the dot at the end of others is dropped.
 */
export function parseResolvConf(text: string): ResolverConfig {
  const nameservers: string[] = []
  let searches: readonly string[] = []
  let options: readonly string[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && words[0]) nameservers.push(words[0])
    if (keyword === 'search') {
      searches = words.filter((word) => word !== '.').map((word) => word.replace(/\.$/, ''))
    }
    if (keyword === 'options') options = mergeOptions(options, words.map(asOption))
  }
  return { nameservers, searches, options }
}

/**
 * The name servers of a machine as its pods reach them: those that a server on its loopback, such as
 * systemd-resolved's, asks itself, where that says whom (upstream: kubeadm's `resolvConf`).
 */
export function beyondLoopback(
  own: ResolverConfig,
  behind: ResolverConfig | undefined,
): ResolverConfig {
  const isLoopback = (ip: string) => ip.startsWith('127.') || ip === '::1'
  if (!own.nameservers.every(isLoopback) || behind === undefined) return own
  return behind.nameservers.length > 0 ? behind : own
}

/**
 * A cluster resolver says where a pod asks first: the DNS servers of the cluster, and the domain and
 * namespace whose names it may shorten.
 */
export interface ClusterResolver {
  readonly namespace: string
  /** `cluster.local`. */
  readonly domain: string
  readonly nameservers: readonly string[]
}

/** The resolver of a pod with dnsPolicy ClusterFirst: the cluster's names, then the node's. */
export function clusterFirst(cluster: ClusterResolver, node: ResolverConfig): ResolverConfig {
  const { namespace, domain } = cluster
  return {
    nameservers: cluster.nameservers,
    searches: unique([`${namespace}.svc.${domain}`, `svc.${domain}`, domain, ...node.searches]),
    options: ['ndots:5'],
  }
}

/** One option of a pod's `dnsConfig`. */
export interface ResolverOption {
  readonly name: string
  readonly value?: string
}

/** What a pod's `dnsConfig` adds; an option replaces the one of the same name. */
export function withPodDns(
  base: ResolverConfig,
  extra: {
    readonly nameservers?: readonly string[]
    readonly searches?: readonly string[]
    readonly options?: readonly ResolverOption[]
  },
): ResolverConfig {
  return {
    nameservers: unique([...base.nameservers, ...(extra.nameservers ?? [])]),
    searches: unique([...base.searches, ...(extra.searches ?? [])]),
    options: mergeOptions(base.options, extra.options ?? []),
  }
}

function mergeOptions(
  base: readonly string[],
  extra: readonly ResolverOption[],
): readonly string[] {
  const merged = new Map(base.map((option) => [option.split(':')[0] ?? option, option]))
  for (const { name, value } of extra) merged.set(name, value ? `${name}:${value}` : name)
  return [...merged.values()]
}

/** A resolver cut to the limits, and upstream's event text for each cut (`DNSConfigForming`). */
export function withinResolverLimits(config: ResolverConfig): {
  readonly config: ResolverConfig
  readonly warnings: readonly string[]
} {
  const warnings: string[] = []
  const nameservers = config.nameservers.slice(0, resolverLimits.nameservers)
  if (nameservers.length < config.nameservers.length) {
    warnings.push(
      `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${nameservers.join(' ')}`,
    )
  }
  const searches = fittingSearches(config.searches)
  if (searches.length < config.searches.length) {
    warnings.push(
      `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.join(' ')}`,
    )
  }
  return { config: { ...config, nameservers, searches }, warnings }
}

const asOption = (text: string): ResolverOption => {
  const at = text.indexOf(':')
  return at < 0 ? { name: text } : { name: text.slice(0, at), value: text.slice(at + 1) }
}

/** Some resolvers end the process over a longer one (upstream: DNS1123SubdomainMaxLength). */
const longestSearch = 253

function fittingSearches(searches: readonly string[]): readonly string[] {
  const kept = searches
    .slice(0, resolverLimits.searches)
    .filter((search) => search.length <= longestSearch)
  while (kept.join(' ').length > resolverLimits.searchCharacters) kept.pop()
  return kept
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)]
}
