import { type IPAddress, ipAddresses, type Service, serviceCidrs, services } from '#api'
import type { Client } from '#client'
import { keyOf, type ObjectMeta, parseKey, type Stored } from '#machinery'
import { isAlreadyExists, isNotFound } from '#machinery/status'
import { type Controller, type ReconcileContext, watching } from '../runner/controller.ts'
import { type AddressRepair, judgeAddress, judgeService } from './plan.ts'

/** Keeps cluster IPs and IPAddresses in step, whoever has changed them (upstream: `RepairIPAddress`). */
export const ipAddressRepairController: Controller = {
  name: 'ip-address-repair',
  eventSource: 'ipallocator-repair-controller',
  workers: 1,
  permissions: [
    { apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch', 'update'] },
    {
      apiGroups: ['networking.k8s.io'],
      resources: ['servicecidrs'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: ['networking.k8s.io'],
      resources: ['ipaddresses'],
      verbs: ['create', 'delete', 'get', 'list', 'watch'],
    },
  ],
  start(context) {
    const all = context.informers.informer(services)
    const addresses = context.informers.informer(ipAddresses)
    const networks = context.informers.informer(serviceCidrs)
    return {
      watches: [
        watching(services, (service) => [
          `service ${keyOf(service)}`,
          ...(service.spec?.clusterIPs ?? []).map((each) => `address ${each}`),
        ]),
        watching(ipAddresses, ({ metadata, spec }) => [
          `address ${metadata.name}`,
          ...(spec?.parentRef?.resource === 'services'
            ? [`service ${spec.parentRef.namespace}/${spec.parentRef.name}`]
            : []),
        ]),
      ],
      async reconcile(key, reconcile) {
        const name = key.slice(key.indexOf(' ') + 1)
        if (key.startsWith('service ')) {
          const service = all.get(name)
          if (!service) return undefined
          const world = {
            networks: networks.list(),
            address: (ip: string) => addresses.get(ip),
            service: (id: string) => all.get(id),
          }
          for (const found of judgeService(service, world)) {
            await carryOut(reconcile, service, found)
          }
          return undefined
        }
        const address = addresses.get(name)
        if (!address) return undefined
        const verdict = judgeAddress(address, (id) => all.get(id), reconcile.clock.wallMs())
        if (!verdict) return undefined
        if (verdict.kind === 'later') return { againInMs: verdict.inMs }
        await carryOut(reconcile, address, verdict.found)
        return undefined
      },
    }
  },
}

async function exists(client: Client, name: string): Promise<boolean> {
  try {
    await client.get(ipAddresses, { name })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function carryOut(
  { client, events }: ReconcileContext,
  about: Stored<Service> | Stored<IPAddress>,
  { event, remove, create }: AddressRepair,
): Promise<void> {
  const ip = remove ?? create?.metadata?.name
  if (ip !== undefined) {
    const isThere = await exists(client, ip)
    // A Service and its address come and go in one commit, of which the caches hear one after the other.
    if (isThere !== (remove !== undefined)) return
  }
  if (event) events.event(about, { type: 'Warning', ...event })
  try {
    if (remove !== undefined) await client.delete(ipAddresses, parseKey(remove))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  if (!create) return
  try {
    // Cast: the address is its name.
    await client.create(ipAddresses, create as IPAddress & { readonly metadata: ObjectMeta })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}
