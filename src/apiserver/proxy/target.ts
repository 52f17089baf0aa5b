import type { ConnectionOptions } from 'node:tls'
import { type DiscoveryV1, endpointSlices, type Pod, pods, services } from '#api'
import { type Random, randomInt } from '#lib'
import type { ObjectKey, Stored } from '#machinery'
import { badRequest, notFound, serviceUnavailable } from '#machinery/status'
import { isGlobalUnicast } from '#machinery/validation'
import type { ObjectReader } from '../cache/object-reader.ts'

/** Where a proxied request goes. */
export interface ProxyTarget {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** How the certificate is judged, and which one is shown; absent: any is taken, and none is shown. */
  readonly tls?: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'
  >
  /** The node to connect from; undefined for any. */
  readonly nodeName: string | undefined
}

interface ProxyName {
  readonly scheme: 'http' | 'https'
  readonly name: string
  readonly port: string
}

/** `name`, `name:port` or `scheme:name:port`. @throws StatusError 400 with upstream's text. */
export function proxyNameOf(id: string, what: 'node' | 'pod' | 'service'): ProxyName {
  const parts = id.split(':')
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts]
  const isScheme = scheme === '' || scheme === 'http' || scheme === 'https'
  if (parts.length > 3 || name === '' || !isScheme) {
    throw badRequest(`invalid ${what} request ${JSON.stringify(id)}`)
  }
  return { scheme: scheme || 'http', name, port }
}

/** A pod's own address; without a port the first that its containers name. */
export function podTarget(objects: ObjectReader, { namespace, name: id }: ObjectKey): ProxyTarget {
  const { scheme, name, port } = proxyNameOf(id, 'pod')
  const pod = objects.get(pods, namespace === undefined ? { name } : { namespace, name })
  if (!pod) throw notFound(pods, name)
  const host = pod.status?.podIP
  // Whoever writes a pod's status must not have the server dial its own machine.
  if (!host || !isGlobalUnicast(host)) throw badRequest('address not allowed')
  const number = port === '' ? (firstPort(pod) ?? (scheme === 'https' ? 443 : 80)) : Number(port)
  return { scheme, host, port: number, nodeName: pod.spec?.nodeName }
}

function firstPort(pod: Stored<Pod>): number | undefined {
  const named = pod.spec?.containers?.find(({ ports = [] }) => ports.length > 0)
  return named?.ports?.[0]?.containerPort
}

/** A ready endpoint of a Service, drawn at random; the port by its name or its number. */
export function serviceTarget(
  objects: ObjectReader,
  { namespace = '', name: id }: ObjectKey,
  random: Random,
): ProxyTarget {
  const { scheme, name, port } = proxyNameOf(id, 'service')
  const service = objects.get(services, { namespace, name })
  if (!service) throw notFound(services, name)
  const quoted = JSON.stringify(name)
  const portName = /^\d+$/.test(port)
    ? service.spec?.ports?.find((each) => each.port === Number(port))
    : { name: port }
  if (!portName) throw serviceUnavailable(`no service port ${port} found for service ${quoted}`)
  const found = readyEndpoints(objects, { namespace, name }, portName.name ?? '')
  const target = found[randomInt(random, found.length)]
  if (!target) throw serviceUnavailable(`no endpoints available for service ${quoted}`)
  return { scheme, ...target }
}

function readyEndpoints(
  objects: ObjectReader,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  portName: string,
): readonly Omit<ProxyTarget, 'scheme'>[] {
  return objects
    .list(endpointSlices, namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints = [], ports = [] }) => {
      const port = ports?.find((each) => (each.name ?? '') === portName)?.port
      if (port === undefined) return []
      return (endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false)
        .filter((endpoint) => isOfPod(objects, namespace, endpoint))
        .map(({ addresses, nodeName }) => ({ host: addresses?.[0] ?? '', port, nodeName }))
    })
}

/** Only addresses that pods have are proxied to (upstream: `isValidAddress` of the service's REST). */
function isOfPod(
  objects: ObjectReader,
  namespace: string,
  { addresses, targetRef }: DiscoveryV1.Endpoint,
): boolean {
  if (targetRef?.namespace !== namespace) return false
  const pod = objects.get(pods, { namespace, name: targetRef.name ?? '' })
  const ips = pod ? [{ ip: pod.status?.podIP }, ...(pod.status?.podIPs ?? [])] : []
  return ips.some(({ ip }) => ip === addresses[0])
}
