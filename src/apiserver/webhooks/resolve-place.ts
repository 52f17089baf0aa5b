import {
  type AdmissionregistrationV1,
  type ApiextensionsV1,
  type DiscoveryV1,
  endpointSlices,
  nodes,
  type ServicePort,
  services,
} from '#api'
import { type Random, randomInt } from '#lib'
import { goQuote } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'
import { hostPort } from './go-errors.ts'
import type { WebhookPlace } from './transport.ts'

/** A webhook's Service, as configurations name it. */
type WebhookService = AdmissionregistrationV1.ServiceReference | ApiextensionsV1.ServiceReference

/** Where HTTPS is when no port is named. */
export const httpsPort = 443

/**
 * Where a Service is to be dialled (upstream: `ResolveCluster`, and what the node's proxy makes of the Service's
 * address).
 * @throws Error in upstream's words where it cannot be
 */
export function resolveService(
  { namespace, name, port = httpsPort }: WebhookService,
  { objects, random }: { readonly objects: ObjectReader; readonly random: Random },
): WebhookPlace {
  const service = objects.get(services, { namespace, name })
  if (!service) throw new Error(`service ${goQuote(name)} not found`)
  const { type = 'ClusterIP', clusterIP = '', externalName = '', ports } = service.spec ?? {}
  if (type === 'ExternalName') return { kind: 'url', host: externalName, port }
  if (type === 'ClusterIP' && clusterIP === 'None') {
    throw new Error('cannot route to service with ClusterIP "None"')
  }
  const found = ports?.find((each) => each.port === port)
  if (!found) throw new Error(`no service port ${port} found for service ${goQuote(name)}`)
  const dialed = hostPort(clusterIP, port)
  const ready = readyEndpoints(objects, { namespace, name }, found)
  const endpoint = ready[randomInt(random, ready.length)]
  // A Service without endpoints is refused by the proxy of every node.
  if (!endpoint) throw new Error(`dial tcp ${dialed}: connect: connection refused`)
  return { kind: 'endpoint', ...endpoint, dialed }
}

function readyEndpoints(
  objects: ObjectReader,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { name: portName = '' }: ServicePort,
): readonly { readonly host: string; readonly port: number; readonly nodeName: string }[] {
  const anyNode = objects.list(nodes)[0]?.metadata.name ?? ''
  const isOf = ({ metadata }: DiscoveryV1.EndpointSlice) =>
    metadata?.labels?.['kubernetes.io/service-name'] === name
  return objects
    .list(endpointSlices, namespace)
    .filter(isOf)
    .flatMap(({ endpoints, ports }) => {
      const port = ports?.find((each) => (each.name ?? '') === portName)?.port
      if (port === undefined) return []
      return (endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false)
        .map(({ addresses, nodeName = anyNode }) => ({
          host: addresses?.[0] ?? '',
          port,
          nodeName,
        }))
    })
}
