import { type APIService, endpointSlices, type Service, services } from '#api'
import { type Random, randomInt } from '#lib'
import type { Stored } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'

/** The Service of an APIService. */
export interface ServicePlace {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** An address that answers for a Service. */
export interface EndpointPlace {
  readonly host: string
  readonly port: number
  /** The node that it is on, where it is known. */
  readonly nodeName: string | undefined
}

/** Why an APIService is not available, in upstream's words. */
export interface Unavailability {
  readonly reason: string
  readonly message: string
}

/** The Service that a group version is served by; undefined where this server serves it. */
export function servicePlaceOf({ spec }: APIService): ServicePlace | undefined {
  const { namespace = '', name = '', port = 443 } = spec?.service ?? {}
  return spec?.service && { namespace, name, port }
}

/** What is wrong before anybody is asked (upstream: the remote `AvailableConditionController`). */
export function placeFault(
  objects: ObjectReader,
  { namespace, name, port }: ServicePlace,
): Unavailability | undefined {
  const what = `service/${name} in ${JSON.stringify(namespace)}`
  const service = objects.get(services, { namespace, name })
  if (!service) return { reason: 'ServiceNotFound', message: `${what} is not present` }
  if ((service.spec?.type ?? 'ClusterIP') !== 'ClusterIP') return undefined
  const portName = portNameOf(service, port)
  if (portName === undefined) {
    return { reason: 'ServicePortError', message: `${what} is not listening on port ${port}` }
  }
  const slices = slicesOf(objects, namespace, name)
  if (slices.length === 0) {
    return { reason: 'EndpointsNotFound', message: `cannot find endpointslices for ${what}` }
  }
  if (endpointsOf(slices, portName).length > 0) return undefined
  return {
    reason: 'MissingEndpoints',
    message: `endpointslices for ${what} have no addresses with port name ${JSON.stringify(portName)}`,
  }
}

/** An address to ask, drawn at random of those that are ready; undefined where there is none. */
export function endpointFor(
  objects: ObjectReader,
  { namespace, name, port }: ServicePlace,
  random: Random,
): EndpointPlace | undefined {
  const service = objects.get(services, { namespace, name })
  if (!service) return undefined
  const { type, externalName = '' } = service.spec ?? {}
  if (type === 'ExternalName') return { host: externalName, port, nodeName: undefined }
  const portName = portNameOf(service, port)
  if (portName === undefined) return undefined
  const found = endpointsOf(slicesOf(objects, namespace, name), portName)
  return found[randomInt(random, found.length)]
}

function portNameOf({ spec }: Stored<Service>, port: number): string | undefined {
  const found = spec?.ports?.find((each) => each.port === port)
  return found && (found.name ?? '')
}

function slicesOf(objects: ObjectReader, namespace: string, name: string) {
  return objects
    .list(endpointSlices, namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
}

function endpointsOf(
  slices: ReturnType<typeof slicesOf>,
  portName: string,
): readonly EndpointPlace[] {
  return slices.flatMap(({ endpoints = [], ports = [] }) => {
    const port = (ports ?? []).find((each) => (each.name ?? '') === portName)?.port
    if (port === undefined) return []
    return (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ addresses, nodeName }) => ({ host: addresses[0] ?? '', port, nodeName }))
  })
}
