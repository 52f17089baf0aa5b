import type { Service, ServicePort, ServiceSpec } from '../../../generated/types/index.ts'
import { change, fill, fillAbsent, mapItems } from '../../../shared/change.ts'

const defaultAffinitySeconds = 10_800

/** A Service with upstream's defaults; addresses and node ports are allocated elsewhere. */
export function defaultService(service: Service): Service {
  const spec = fill(service.spec ?? {}, { sessionAffinity: 'None', type: 'ClusterIP' })
  return change(service, {
    spec: change(withTraffic(withAffinity(spec)), { ports: mapItems(spec.ports, defaultPort) }),
  })
}

/** Whether clients outside the cluster can reach a Service. */
export function isExternallyReachable({ type, externalIPs }: ServiceSpec): boolean {
  if (type === 'NodePort' || type === 'LoadBalancer') return true
  return type === 'ClusterIP' && Boolean(externalIPs?.length)
}

function defaultPort(port: ServicePort): ServicePort {
  const filled = fill(port, { protocol: 'TCP' })
  return fill(filled, { targetPort: port.port })
}

function withAffinity(spec: ServiceSpec): ServiceSpec {
  if (spec.sessionAffinity === 'None') return change(spec, { sessionAffinityConfig: undefined })
  if (spec.sessionAffinity !== 'ClientIP') return spec
  if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return spec
  const clientIP = { timeoutSeconds: defaultAffinitySeconds }
  return change(spec, { sessionAffinityConfig: { clientIP } })
}

function withTraffic(spec: ServiceSpec): ServiceSpec {
  const outside = isExternallyReachable(spec)
    ? fill(spec, { externalTrafficPolicy: 'Cluster' })
    : spec
  const inside =
    spec.type === 'ExternalName'
      ? outside
      : fillAbsent(outside, { internalTrafficPolicy: 'Cluster' })
  return spec.type === 'LoadBalancer'
    ? fillAbsent(inside, { allocateLoadBalancerNodePorts: true })
    : inside
}
