/** What an update keeps of the addresses and ports that a Service was given. */
import type { Service, ServicePort, ServiceSpec } from '../../../generated/types/index.ts'
import { change, mapItems } from '../../../shared/change.ts'
import { isExternallyReachable } from './defaults.ts'

/**
 * The draft with the old addresses and ports where it names none and its type still needs them, and
 * without those that its new type cannot have (upstream: patchAllocatedValues and
 * dropTypeDependentFields).
 */
export function carryOver(draft: Service, old: Service): Service {
  const [spec, oldSpec] = [mirrorAddresses(draft.spec ?? {}, old.spec), old.spec ?? {}]
  return change(draft, {
    spec: dropUnusable(keepNodePorts(keepAddresses(spec, oldSpec), oldSpec), oldSpec),
  })
}

/** `clusterIP` is the first of `clusterIPs`; whichever of them the client changed is meant. */
export function mirrorAddresses(spec: ServiceSpec, old?: ServiceSpec): ServiceSpec {
  const { clusterIP, clusterIPs = [] } = spec
  if (clusterIPs.length === 0) {
    if (!clusterIP) return spec
    const isKept = clusterIP === old?.clusterIP
    return change(spec, { clusterIPs: isKept ? old?.clusterIPs : [clusterIP] })
  }
  if (!old || (clusterIP ?? '') === (old.clusterIP ?? '')) return spec
  if (!sameList(clusterIPs, old.clusterIPs)) return spec
  return change(spec, { clusterIPs: clusterIP ? [clusterIP] : undefined })
}

function keepAddresses(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  if (!needsAddress(spec) || !needsAddress(old)) return spec
  return change(spec, {
    ...(!spec.clusterIP && { clusterIP: old.clusterIP }),
    ...(!spec.clusterIPs?.length && old.clusterIPs?.length && { clusterIPs: old.clusterIPs }),
  })
}

function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  if (!needsNodePorts(spec) || !needsNodePorts(old)) return spec
  const key = ({ protocol, port }: ServicePort) => `${protocol}/${port}`
  const known = new Map((old.ports ?? []).map((port) => [key(port), port.nodePort]))
  const taken = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort))
  const ports = mapItems(spec.ports, (port) => {
    const nodePort = known.get(key(port))
    return port.nodePort || !nodePort || taken.has(nodePort) ? port : { ...port, nodePort }
  })
  const health = spec.healthCheckNodePort || old.healthCheckNodePort
  return change(spec, {
    ports,
    ...(needsHealthPort(spec) && needsHealthPort(old) && { healthCheckNodePort: health }),
  })
}

function dropUnusable(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let next = spec
  if (needsAddress(old) && !needsAddress(spec)) next = dropAddresses(next, old)
  if (needsNodePorts(old) && !needsNodePorts(spec) && sameNodePorts(spec, old)) {
    const ports = mapItems(next.ports, (port) => change(port, { nodePort: undefined }))
    next = change(next, { ports })
  }
  if (needsHealthPort(old) && !needsHealthPort(spec)) {
    if (spec.healthCheckNodePort === old.healthCheckNodePort) {
      next = change(next, { healthCheckNodePort: undefined })
    }
  }
  if (isExternallyReachable(old) && !isExternallyReachable(spec)) {
    if (spec.externalTrafficPolicy === old.externalTrafficPolicy) {
      next = change(next, { externalTrafficPolicy: undefined })
    }
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') next = dropBalancer(next, old)
  return next
}

/** What the client has changed himself stays, for validation to refuse. */
function dropAddresses(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  return change(spec, {
    ...(spec.clusterIP === old.clusterIP &&
      sameList(spec.clusterIPs, old.clusterIPs) && { clusterIP: undefined, clusterIPs: undefined }),
    ...(sameList(spec.ipFamilies, old.ipFamilies) && { ipFamilies: undefined }),
    ...(spec.ipFamilyPolicy === old.ipFamilyPolicy && { ipFamilyPolicy: undefined }),
  })
}

function dropBalancer(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const { allocateLoadBalancerNodePorts: allocates, loadBalancerClass: kind } = spec
  return change(spec, {
    ...(allocates === old.allocateLoadBalancerNodePorts && {
      allocateLoadBalancerNodePorts: undefined,
    }),
    ...(kind === old.loadBalancerClass && { loadBalancerClass: undefined }),
  })
}

function needsAddress({ type }: ServiceSpec): boolean {
  return type !== 'ExternalName'
}

function needsNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
}

function needsHealthPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
}

function sameNodePorts(a: ServiceSpec, b: ServiceSpec): boolean {
  const ports = ({ ports: list = [] }: ServiceSpec) => list.map(({ nodePort = 0 }) => `${nodePort}`)
  return sameList(ports(a), ports(b))
}

function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}
