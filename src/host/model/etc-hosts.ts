/** Further names that a pod spec asks for (`hostAliases`). */
export interface HostAlias {
  readonly ip: string
  readonly hostnames: readonly string[]
}

/** What the `/etc/hosts` of a pod is made of: its addresses and its names. */
export interface PodHosts {
  /** The pod's addresses, one per family. */
  readonly podIps: readonly string[]
  readonly hostname: string
  /** Appended to the host name for a pod with a subdomain: `web.default.svc.cluster.local`. */
  readonly domain: string
  readonly aliases: readonly HostAlias[]
}

const podHeader = `# Kubernetes-managed hosts file.
127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::0	ip6-localnet
fe00::0	ip6-mcastprefix
fe00::1	ip6-allnodes
fe00::2	ip6-allrouters
`

const nodeHeader = '# Kubernetes-managed hosts file (host network).\n'

/** The `/etc/hosts` of a pod with its own network, byte for byte as upstream's kubelet writes it. */
export function podHostsFile(pod: PodHosts): string {
  const names = pod.domain === '' ? pod.hostname : `${pod.hostname}.${pod.domain}\t${pod.hostname}`
  const own = pod.podIps.map((ip) => `${ip}\t${names}\n`).join('')
  return podHeader + own + aliasLines(pod.aliases)
}

/** The `/etc/hosts` of a pod on the node's network: the node's own, and the pod's aliases. */
export function hostNetworkHostsFile(nodeFile: string, aliases: readonly HostAlias[]): string {
  return nodeHeader + nodeFile + aliasLines(aliases)
}

function aliasLines(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return ''
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${hostnames.join('\t')}\n`)
  return `\n# Entries added by HostAliases.\n${lines.join('')}`
}
