import {
  type ClusterClock,
  clockName,
  clocks,
  clusterRoleBindings,
  clusterRoles,
  endpointSlices,
  endpoints,
  namespaces,
  priorityClasses,
  roleBindings,
  roles,
  services,
} from '#api'
import { bootstrapPolicy, systemPriorityClasses } from '#apiserver'
import type { Client } from '#client'
import type { Controller } from '#controllers'
import {
  deepEqual,
  isNotFound,
  type KubeObject,
  type ObjectMeta,
  type ResourceRef,
  type Stored,
} from '#machinery'

export interface BootstrapOptions {
  readonly controllers: readonly Controller[]
  readonly serviceCidr: string
  readonly clockSpec: NonNullable<ClusterClock['spec']>
  readonly endpoint?: { readonly address: string; readonly port: number }
}

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Makes what every cluster has from the start, and repairs what is missing; safe to run again. */
export async function ensureBootstrapObjects(
  client: Client,
  options: BootstrapOptions,
): Promise<void> {
  for (const name of systemNamespaces) await ensure(client, namespaces, { metadata: { name } })
  const policy = bootstrapPolicy(options.controllers)
  for (const role of policy.clusterRoles) await ensureRole(client, clusterRoles, role)
  for (const binding of policy.clusterRoleBindings)
    await ensure(client, clusterRoleBindings, binding)
  for (const role of policy.roles) await ensureRole(client, roles, role)
  for (const binding of policy.roleBindings) await ensure(client, roleBindings, binding)
  for (const priority of systemPriorityClasses) await ensure(client, priorityClasses, priority)
  await ensure(client, clocks, { metadata: { name: clockName }, spec: options.clockSpec })
  await ensureKubernetesService(client, options)
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

interface WithRules extends KubeObject {
  readonly rules?: readonly unknown[]
}

/** Rules that a newer version brings are added; what an administrator added stays. */
async function ensureRole<T extends WithRules>(
  client: Client,
  resource: ResourceRef<T>,
  role: T,
): Promise<void> {
  const { name = '', namespace } = role.metadata ?? {}
  try {
    const held: Stored<T> = await client.get(resource, {
      name,
      ...(namespace ? { namespace } : {}),
    })
    const missing = (role.rules ?? []).filter(
      (rule) => !(held.rules ?? []).some((each) => deepEqual(each, rule)),
    )
    if (missing.length === 0) return
    await client.update(resource, { ...held, rules: [...(held.rules ?? []), ...missing] })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await ensure(client, resource, role)
  }
}

/** The Service by which pods reach the API, and its endpoint (upstream: the lease endpoint reconciler). */
async function ensureKubernetesService(
  client: Client,
  { serviceCidr, endpoint }: BootstrapOptions,
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
      clusterIP: firstAddress(serviceCidr),
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
    addressType: 'IPv4',
    endpoints: [{ addresses: [endpoint.address], conditions: { ready: true } }],
    ports: [{ name: 'https', port: endpoint.port, protocol: 'TCP' }],
  })
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

/** The first address of the Service network is the API server's. */
export function firstAddress(cidr: string): string {
  const [base = ''] = cidr.split('/')
  const parts = base.split('.').map(Number)
  return [...parts.slice(0, 3), (parts[3] ?? 0) + 1].join('.')
}
