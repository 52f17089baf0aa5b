import { type IPAddress, ipAddresses, type ServiceCIDR, serviceCidrs } from '#api'
import type { Client } from '#client'
import { formatTime, parseTime, type Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import { type Controller, watching } from '../runner/controller.ts'
import { canDelete, contains, managedBy, overlap, readyCondition } from './plan.ts'

const finalizer = 'networking.k8s.io/service-cidr-finalizer'

/** So long the allocators may still draw from a network that is to go. */
const graceMs = 10_000

/** Says that ServiceCIDRs are ready, and keeps those that addresses were given from (upstream: servicecidrs). */
export const serviceCidrController: Controller = {
  name: 'service-cidrs-controller',
  workers: 5,
  permissions: [
    {
      apiGroups: ['networking.k8s.io'],
      resources: ['servicecidrs'],
      verbs: ['get', 'list', 'patch', 'update', 'watch'],
    },
    {
      apiGroups: ['networking.k8s.io'],
      resources: ['servicecidrs/finalizers', 'servicecidrs/status'],
      verbs: ['patch', 'update'],
    },
    {
      apiGroups: ['networking.k8s.io'],
      resources: ['ipaddresses'],
      verbs: ['get', 'list', 'watch'],
    },
  ],
  start(context) {
    const networks = context.informers.informer(serviceCidrs)
    const addresses = context.informers.informer(ipAddresses)
    const overlapping = (one: ServiceCIDR) =>
      networks
        .list()
        .filter((each) => overlap(one, each))
        .map(({ metadata }) => metadata.name)
    const containing = (address: IPAddress) =>
      managedBy(address)
        ? networks
            .list()
            .filter((each) => contains(each, address.metadata?.name ?? ''))
            .map(({ metadata }) => metadata.name)
        : []
    return {
      watches: [
        watching(serviceCidrs, (each) => [each.metadata.name, ...overlapping(each)]),
        watching(ipAddresses, containing),
      ],
      async reconcile(name, { client, clock }) {
        const network = networks.get(name)
        if (!network) return undefined
        const { deletionTimestamp } = network.metadata
        if (!deletionTimestamp) {
          await setFinalizer(client, network, true)
          await recordReady(client, network, { isReady: true, nowMs: clock.wallMs() })
          return undefined
        }
        if (!canDelete(network, networks.list(), addresses.list())) {
          await recordReady(client, network, { isReady: false, nowMs: clock.wallMs() })
          return undefined
        }
        const leftMs = graceMs - (clock.wallMs() - (parseTime(deletionTimestamp) ?? 0))
        if (leftMs > 0) return { againInMs: leftMs }
        await setFinalizer(client, network, false)
        return undefined
      },
    }
  },
}

async function setFinalizer(
  client: Client,
  { metadata }: Stored<ServiceCIDR>,
  wanted: boolean,
): Promise<void> {
  const { name, finalizers = [] } = metadata
  if (finalizers.includes(finalizer) === wanted) return
  const change = wanted
    ? { finalizers: [finalizer] }
    : { '$deleteFromPrimitiveList/finalizers': [finalizer] }
  const patch = { metadata: change }
  await unlessGone(client.patch(serviceCidrs, { name }, { kind: 'strategic', patch }))
}

async function recordReady(
  client: Client,
  network: Stored<ServiceCIDR>,
  { isReady, nowMs }: { readonly isReady: boolean; readonly nowMs: number },
): Promise<void> {
  const condition = readyCondition(network, isReady)
  if (!condition) return
  const { name } = network.metadata
  const patch = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    status: { conditions: [{ ...condition, lastTransitionTime: formatTime(nowMs) }] },
  }
  const apply = {
    kind: 'apply',
    patch,
    fieldManager: 'service-cidr-controller',
    force: true,
  } as const
  await unlessGone(client.patch(serviceCidrs, { name }, apply, { subresource: 'status' }))
}

async function unlessGone(writing: Promise<unknown>): Promise<void> {
  try {
    await writing
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
