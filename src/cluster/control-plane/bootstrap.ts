import {
  apiServices,
  type ClusterClock,
  type ConfigMap,
  clockName,
  clocks,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  endpointSlices,
  endpoints,
  flowSchemas,
  mandatoryFlowControl,
  namespaces,
  priorityClasses,
  priorityLevelConfigurations,
  roleBindings,
  roles,
  serviceCidrs,
  services,
  suggestedFlowControl,
} from '#api'
import { bootstrapPolicy, systemPriorityClasses } from '#apiserver'
import type { Client } from '#client'
import type { Controller } from '#controllers'
import { type Logger, messageOf } from '#lib'
import {
  deepEqual,
  type KubeObject,
  keyOf,
  type ObjectMeta,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { isInvalid, isNotFound } from '#machinery/status'
import { dropApiServices, localApiServices, mendedApiService } from './api-services.ts'
import { firstAddress } from './networks.ts'
import type { RequestHeaderSettings } from './request-header.ts'
import type { StartProgress } from './start-hooks.ts'

export interface BootstrapOptions {
  readonly controllers: readonly Controller[]
  /** What the server serves itself. */
  readonly resources: readonly ResourceRef[]
  /** PEM of the authority that clients' certificates are signed by. */
  readonly clientAuthority: string
  /** Who speaks for users; absent: nobody does. */
  readonly requestHeader?: RequestHeaderSettings
  /** The networks of Services, one for each family. */
  readonly serviceCidrs: readonly string[]
  readonly clockSpec: NonNullable<ClusterClock['spec']>
  readonly endpoint?: { readonly address: string; readonly port: number }
  /** Where pods ask for names; absent where the cluster has no DNS of its own. */
  readonly dnsAddress: string | undefined
  readonly log: Logger
  /** Told of each part once it stands. */
  readonly onDone?: StartProgress['done']
}

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Makes what every cluster has from the start, and repairs what is missing; safe to run again. */
export async function ensureBootstrapObjects(
  client: Client,
  options: BootstrapOptions,
): Promise<void> {
  const { onDone = () => undefined } = options
  for (const name of systemNamespaces) await ensure(client, namespaces, { metadata: { name } })
  onDone('start-system-namespaces-controller')
  const policy = bootstrapPolicy(options.controllers)
  await ensureAll(client, clusterRoles, policy.clusterRoles, addRules)
  await ensureAll(client, clusterRoleBindings, policy.clusterRoleBindings)
  await ensureAll(client, roles, policy.roles, addRules)
  await ensureAll(client, roleBindings, policy.roleBindings)
  onDone('rbac/bootstrap-roles')
  await ensureAll(client, priorityClasses, systemPriorityClasses)
  onDone('scheduling/bootstrap-system-priority-classes')
  for (const { levels, schemas } of [suggestedFlowControl, mandatoryFlowControl]) {
    await ensureAll(client, priorityLevelConfigurations, levels)
    await ensureAll(client, flowSchemas, schemas)
  }
  onDone('priority-and-fairness-config-producer')
  const local = localApiServices(options.resources)
  await ensureAll(client, apiServices, local, mendedApiService)
  await dropApiServices(client, local)
  onDone('kube-apiserver-autoregistration')
  await ensureAll(client, configMaps, [authenticationConfig(options)], withData)
  onDone('start-cluster-authentication-info-controller')
  await ensure(client, clocks, { metadata: { name: clockName }, spec: options.clockSpec })
  await ensureServiceCidr(client, options.serviceCidrs)
  onDone('start-kubernetes-service-cidr-controller')
  await ensureKubernetesService(client, options)
  onDone('bootstrap-controller')
  await ensureDnsService(client, options)
}

/** Creates what is not there yet; looks first, so that a restart writes nothing. */
async function ensure<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  object: T,
): Promise<void> {
  const { name = '', namespace } = object.metadata ?? {}
  try {
    await client.get(resource, { name, ...(namespace ? { namespace } : {}) })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(resource, withMetadata(object))
  }
}

function withMetadata<T extends KubeObject>(object: T): T & { readonly metadata: ObjectMeta } {
  return { ...object, metadata: { ...object.metadata } }
}

/** The same for many: one look at all that there is. `mend` brings what is there up to date. */
async function ensureAll<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  objects: readonly T[],
  mend: (held: Stored<T>, wanted: T) => Stored<T> = (held) => held,
): Promise<void> {
  const { items } = await client.list(resource)
  const held = new Map(items.map((each) => [keyOf(each), each]))
  for (const object of objects) {
    const found = held.get(keyOf(object))
    if (!found) {
      await client.create(resource, withMetadata(object))
      continue
    }
    const mended = mend(found, object)
    if (mended !== found) await client.update(resource, mended)
  }
}

interface WithRules extends KubeObject {
  readonly rules?: readonly unknown[]
}

/** Rules that a newer version brings are added; what an administrator added stays. */
function addRules<T extends WithRules>(held: Stored<T>, wanted: T): Stored<T> {
  const missing = (wanted.rules ?? []).filter(
    (rule) => !(held.rules ?? []).some((each) => deepEqual(each, rule)),
  )
  if (missing.length === 0) return held
  return { ...held, rules: [...(held.rules ?? []), ...missing] }
}

function withData(held: Stored<ConfigMap>, { data }: ConfigMap): Stored<ConfigMap> {
  return deepEqual(held.data, data) ? held : { ...held, ...(data && { data }) }
}

/** By what other API servers know users, and this server when it speaks for one. */
function authenticationConfig({
  clientAuthority,
  requestHeader: given,
}: Pick<BootstrapOptions, 'clientAuthority' | 'requestHeader'>): ConfigMap {
  const requestHeader = given && {
    'requestheader-allowed-names': JSON.stringify(given.allowedNames),
    'requestheader-client-ca-file': given.authorities,
    'requestheader-extra-headers-prefix': JSON.stringify(given.extraHeaderPrefixes),
    'requestheader-group-headers': JSON.stringify(given.groupHeaders),
    'requestheader-uid-headers': JSON.stringify(given.uidHeaders),
    'requestheader-username-headers': JSON.stringify(given.usernameHeaders),
  }
  return {
    metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: { 'client-ca-file': clientAuthority, ...requestHeader },
  }
}

/**
 * The ServiceCIDR of the cluster's own networks. One that is there gains a second family, as upstream's
 * does; other networks stay as they are, since addresses of them are given out.
 */
async function ensureServiceCidr(client: Client, cidrs: readonly string[]): Promise<void> {
  const metadata = { name: 'kubernetes' }
  await ensure(client, serviceCidrs, { metadata, spec: { cidrs } })
  const held = await client.get(serviceCidrs, metadata)
  const [only, ...others] = held.spec?.cidrs ?? []
  if (cidrs.length === 2 && others.length === 0 && only === cidrs[0]) {
    await client.update(serviceCidrs, { ...held, spec: { ...held.spec, cidrs } })
  }
}

/** The Service by which pods reach the API, and its endpoint (upstream: the lease endpoint reconciler). */
async function ensureKubernetesService(
  client: Client,
  { serviceCidrs: [first = ''], endpoint }: BootstrapOptions,
): Promise<void> {
  const metadata = {
    name: 'kubernetes',
    namespace: 'default',
    labels: { component: 'apiserver', provider: 'kubernetes' },
  }
  const port = { name: 'https', port: 443, protocol: 'TCP' }
  await ensure(client, services, {
    metadata,
    spec: {
      type: 'ClusterIP',
      clusterIP: firstAddress(first),
      ports: [{ ...port, targetPort: endpoint?.port ?? 6443 }],
      sessionAffinity: 'None',
    },
  })
  if (!endpoint) return
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  await put(client, endpoints, {
    metadata: { name: 'kubernetes', namespace: 'default', labels },
    subsets: [
      {
        addresses: [{ ip: endpoint.address }],
        ports: [{ name: 'https', port: endpoint.port, protocol: 'TCP' }],
      },
    ],
  })
  await put(client, endpointSlices, {
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: endpoint.address.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [endpoint.address], conditions: { ready: true } }],
    ports: [{ name: 'https', port: endpoint.port, protocol: 'TCP' }],
  })
}

/** What marks the DNS Service that every node answers itself; the proxy reads it. */
const servedByNode = { 'knarr.dev/served-by': 'node' }

const dnsService = { namespace: 'kube-system', name: 'kube-dns' }

/**
 * The Service by which pods ask for names, as clusters of kubeadm have it. It has no endpoints: every
 * node answers it itself. One that somebody else made under its name stays.
 */
async function ensureDnsService(
  client: Client,
  { dnsAddress, log }: BootstrapOptions,
): Promise<void> {
  const held = await client.get(services, dnsService).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  const isOurs = held?.metadata.annotations?.['knarr.dev/served-by'] === 'node'
  if (held && (!isOurs || held.spec?.clusterIP === dnsAddress)) return
  if (held) await client.delete(services, dnsService)
  if (dnsAddress === undefined) return
  const port = (name: string, protocol: string) => ({ name, protocol, port: 53, targetPort: 53 })
  try {
    await client.create(services, {
      metadata: {
        ...dnsService,
        labels: {
          'k8s-app': 'kube-dns',
          'kubernetes.io/cluster-service': 'true',
          'kubernetes.io/name': 'CoreDNS',
        },
        annotations: servedByNode,
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: dnsAddress,
        ports: [port('dns', 'UDP'), port('dns-tcp', 'TCP')],
        sessionAffinity: 'None',
      },
    })
  } catch (error) {
    if (!isInvalid(error)) throw error
    // A Service of an older cluster may have the address; all but names works without it.
    log.error('the cluster has no DNS', { error: messageOf(error) })
  }
}

/** Creates the object, or brings it to what it should be: the address may have changed. */
async function put<T extends KubeObject>(
  client: Client,
  resource: ResourceRef<T>,
  object: T,
): Promise<void> {
  const { name = '', namespace } = object.metadata ?? {}
  try {
    const held = await client.get(resource, { name, ...(namespace ? { namespace } : {}) })
    await client.update(resource, { ...object, metadata: { ...held.metadata, ...object.metadata } })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await ensure(client, resource, object)
  }
}
