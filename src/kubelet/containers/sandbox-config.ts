import type { Pod } from '#api'
import { clusterFirst, type ResolverConfig, withinResolverLimits, withPodDns } from '#host'
import { withoutTrailing } from '#lib'
import type { Stored } from '#machinery'
import type { PortMapping, SandboxConfig } from '#runtime'
import { podLogDirectory } from '../logs/paths.ts'
import { SyncError } from '../model/errors.ts'
import { podLabels } from '../model/labels.ts'
import { qosOf } from '../model/qos.ts'
import type { KubeletWorld } from '../model/world.ts'
import { sandboxSecurity } from './security.ts'

/** What the runtime is told to make the pod's sandbox. */
export async function sandboxConfig(
  pod: Stored<Pod>,
  attempt: number,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<SandboxConfig> {
  const { metadata, spec } = pod
  const hostNetwork = spec?.hostNetwork === true
  const dns = await podResolver(pod, world, signal)
  return {
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      uid: metadata.uid,
      attempt,
    },
    hostname: hostNetwork ? '' : kernelHostname(pod, world.network.dns.domain),
    logDirectory: podLogDirectory(world.host.paths.podLogs, pod),
    dnsConfig: { servers: dns.nameservers, searches: dns.searches, options: dns.options },
    portMappings: hostNetwork ? [] : portMappings(pod),
    labels: podLabels(pod),
    annotations: metadata.annotations ?? {},
    linux: {
      cgroupParent: world.host.cgroups.podPath(qosOf(pod), metadata.uid),
      securityContext: sandboxSecurity(pod),
      sysctls: Object.fromEntries(
        (spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]),
      ),
    },
  }
}

const longestHostname = 63

/**
 * `spec.hostnameOverride`, `spec.hostname` or the pod's name, cut to what the kernel takes (upstream:
 * GeneratePodHostNameAndDomain).
 */
export function podHostname({ metadata, spec }: Stored<Pod>): string {
  const wanted = spec?.hostnameOverride ?? (spec?.hostname || metadata.name)
  if (wanted.length <= longestHostname) return wanted
  return withoutTrailing(wanted.slice(0, longestHostname), '-.')
}

/** What a kernel takes for the name of a node. */
const longestFqdn = 64

/** The name that the pod's processes are told: with its domain where `setHostnameAsFQDN` says so. */
function kernelHostname(pod: Stored<Pod>, clusterDomain: string): string {
  const name = podHostname(pod)
  const domain = podDomain(pod, clusterDomain)
  if (pod.spec?.setHostnameAsFQDN !== true || domain === '') return name
  const fqdn = `${name}.${domain}`
  if (fqdn.length <= longestFqdn) return fqdn
  throw new SyncError(
    'FailedCreatePodSandBox',
    `Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${longestFqdn} characters is the max, ${fqdn.length} characters requested)`,
  )
}

/** The domain of a pod with a subdomain: `web.default.svc.cluster.local`; a name of its own has none. */
export function podDomain({ metadata, spec }: Stored<Pod>, clusterDomain: string): string {
  if (spec?.hostnameOverride !== undefined) return ''
  return spec?.subdomain ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}` : ''
}

async function podResolver(
  pod: Stored<Pod>,
  { host, network, events, config: { nodeName } }: KubeletWorld,
  signal: AbortSignal,
): Promise<ResolverConfig> {
  const node = await host.node.resolver(signal)
  const { domain, addresses } = network.dns
  const namespace = pod.metadata.namespace ?? ''
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst'
  const cluster = { namespace, domain, nameservers: addresses }
  const base: Readonly<Record<string, ResolverConfig>> = {
    None: { nameservers: [], searches: [], options: [] },
    Default: node,
  }
  const isCluster =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork)
  // A cluster without DNS leaves pods the node's resolver, as upstream does.
  if (isCluster && addresses.length === 0) {
    const message = `kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`
    const event = { type: 'Warning', reason: 'MissingClusterDNS' } as const
    events.event({ kind: 'Node', name: nodeName, uid: nodeName }, { ...event, message })
    const { name, uid } = pod.metadata
    const of = `pod: "${name}_${namespace}(${uid})". `
    events.event(pod, { ...event, message: of + message })
  }
  const chosen =
    isCluster && addresses.length > 0 ? clusterFirst(cluster, node) : (base[policy] ?? node)
  const { config, warnings } = withinResolverLimits(withPodDns(chosen, extraDns(pod)))
  for (const message of warnings) {
    events.event(pod, { type: 'Warning', reason: 'DNSConfigForming', message })
  }
  return config
}

function extraDns(pod: Pod): Parameters<typeof withPodDns>[1] {
  const { nameservers = [], searches = [], options = [] } = pod.spec?.dnsConfig ?? {}
  const named = options.flatMap(({ name, value }) =>
    name ? [value === undefined ? { name } : { name, value }] : [],
  )
  return { nameservers, searches, options: named }
}

function portMappings(pod: Pod): readonly PortMapping[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  return containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort)
      .map(({ protocol = 'TCP', containerPort, hostPort = 0, hostIP = '' }) => ({
        protocol: protocol as PortMapping['protocol'],
        containerPort,
        hostPort,
        hostIp: hostIP,
      })),
  )
}
