import type { Stored } from '#machinery'
import {
  checkDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  parseIp,
  requiredField,
  validateCidr,
  validateEndpointIp,
  validateIp,
  validateLabels,
} from '#machinery/validation'
import type { Service, ServiceSpec } from '../../../generated/types/index.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  requireKnown,
  requireOneOf,
} from '../../../shared/checks.ts'
import { isExternallyReachable } from './defaults.ts'
import { validateClusterIps } from './validate-addresses.ts'
import { validateKept } from './validate-kept.ts'
import { validateServicePorts } from './validate-ports.ts'

const path = fieldPath('spec')
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const maxAffinitySeconds = 86_400

function validateExternalIp(ip: string, at: FieldPath): FieldErrors {
  return parseIp(ip) ? validateEndpointIp(ip, at) : validateIp(ip, at)
}

/** A Service as it is to be stored (upstream: ValidateService). */
export function validateService({ spec = {} }: Service): FieldErrors {
  return [
    ...validateServicePorts(spec, path),
    ...validateType(spec),
    ...validateLabels(spec.selector ?? {}, path.child('selector')),
    ...validateAffinity(spec),
    ...validateClusterIps(spec, path),
    ...eachItem(spec.externalIPs, path.child('externalIPs'), validateExternalIp),
    ...requireKnown(spec.type, path.child('type'), types),
    ...validateBalancer(spec),
    ...validateTraffic(spec),
  ]
}

export function validateServiceUpdate(service: Service, old: Stored<Service>): FieldErrors {
  return [
    ...validateKept(service.spec ?? {}, old.spec ?? {}),
    ...validateKeptClass(service.spec ?? {}, old.spec ?? {}),
    ...validateKeptHealthPort(service.spec ?? {}, old.spec ?? {}),
    ...validateService(service),
  ]
}

function validateType(spec: ServiceSpec): FieldErrors {
  const isHeadless = spec.clusterIP === 'None'
  switch (spec.type) {
    case 'LoadBalancer':
    case 'NodePort':
      return ensure(!isHeadless, () =>
        invalidField(
          path.child('clusterIPs').index(0),
          spec.clusterIPs?.[0] ?? spec.clusterIP,
          `may not be set to 'None' for ${spec.type} services`,
        ),
      )
    case 'ExternalName':
      return validateExternalName(spec)
    default:
      return []
  }
}

function validateExternalName(spec: ServiceSpec): FieldErrors {
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  const forbidden = (field: 'clusterIPs' | 'ipFamilies' | 'ipFamilyPolicy', isSet: boolean) =>
    ensure(!isSet, () =>
      forbiddenField(path.child(field), 'may not be set for ExternalName services'),
    )
  return [
    ...forbidden('clusterIPs', Boolean(spec.clusterIPs?.length)),
    ...forbidden('ipFamilies', Boolean(spec.ipFamilies?.length)),
    ...forbidden('ipFamilyPolicy', spec.ipFamilyPolicy !== undefined),
    ...(name === ''
      ? [requiredField(path.child('externalName'))]
      : invalidWith(path.child('externalName'), name, checkDns1123Subdomain(name))),
  ]
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldErrors {
  const config = path.child('sessionAffinityConfig')
  const known = requireKnown(sessionAffinity, path.child('sessionAffinity'), ['ClientIP', 'None'])
  if (sessionAffinity === 'None') {
    return ensure(!sessionAffinityConfig, () =>
      forbiddenField(config, 'must not be set when session affinity is None'),
    )
  }
  if (sessionAffinity !== 'ClientIP') return known
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  const at = config.child('clientIP', 'timeoutSeconds')
  if (seconds === undefined) {
    return [requiredField(at, `when session affinity type is ClientIP`)]
  }
  return ensure(seconds > 0 && seconds <= maxAffinitySeconds, () =>
    invalidField(at, seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`),
  )
}

function validateBalancer(spec: ServiceSpec): FieldErrors {
  const isBalancer = spec.type === 'LoadBalancer'
  const only = (field: FieldPath, isSet: boolean) =>
    ensure(isBalancer || !isSet, () =>
      forbiddenField(field, "may only be used when `type` is 'LoadBalancer'"),
    )
  const allocates = path.child('allocateLoadBalancerNodePorts')
  // Upstream's paths, odd as they are.
  const ranges = path.child('LoadBalancerSourceRanges')
  return [
    ...only(ranges, Boolean(spec.loadBalancerSourceRanges?.length)),
    ...eachItem(spec.loadBalancerSourceRanges, ranges, (range, at) =>
      validateCidr(range.trim(), at),
    ),
    ...only(allocates, spec.allocateLoadBalancerNodePorts !== undefined),
    ...ensure(!isBalancer || spec.allocateLoadBalancerNodePorts !== undefined, () =>
      requiredField(fieldPath('allocateLoadBalancerNodePorts')),
    ),
    ...only(path.child('loadBalancerClass'), spec.loadBalancerClass !== undefined),
  ]
}

function validateTraffic(spec: ServiceSpec): FieldErrors {
  const { internalTrafficPolicy: inside, trafficDistribution } = spec
  const at = path.child('internalTrafficPolicy')
  const insideErrors =
    inside === undefined
      ? ensure(spec.type === 'ExternalName', () => requiredField(at))
      : requireOneOf(inside, at, ['Cluster', 'Local'])
  return [
    ...validateOutside(spec),
    ...insideErrors,
    ...(trafficDistribution === undefined
      ? []
      : requireOneOf(trafficDistribution, path.child('trafficDistribution'), [
          'PreferClose',
          'PreferSameNode',
          'PreferSameZone',
        ])),
  ]
}

function validateOutside(spec: ServiceSpec): FieldErrors {
  const { externalTrafficPolicy: policy, healthCheckNodePort } = spec
  const at = path.child('externalTrafficPolicy')
  const policyErrors = isExternallyReachable(spec)
    ? requireKnown(policy, at, ['Cluster', 'Local'])
    : ensure(!policy, () =>
        invalidField(at, policy, 'may only be set for externally-accessible services'),
      )
  const isChecked = spec.type === 'LoadBalancer' && policy === 'Local'
  return [
    ...policyErrors,
    ...ensure(!healthCheckNodePort || isChecked, () =>
      invalidField(
        path.child('healthCheckNodePort'),
        healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    ),
  ]
}

function validateKeptClass(spec: ServiceSpec, old: ServiceSpec): FieldErrors {
  if (spec.type !== 'LoadBalancer' || old.type !== 'LoadBalancer') return []
  const [next, last] = [spec.loadBalancerClass, old.loadBalancerClass]
  if (next === last) return []
  return [invalidField(path.child('loadBalancerClass'), next ?? null, 'may not change once set')]
}

function validateKeptHealthPort(spec: ServiceSpec, old: ServiceSpec): FieldErrors {
  const isAsked = ({ type, externalTrafficPolicy }: ServiceSpec) =>
    type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
  const isSame = (spec.healthCheckNodePort ?? 0) === (old.healthCheckNodePort ?? 0)
  return ensure(isSame || !isAsked(spec) || !isAsked(old), () =>
    forbiddenField(path.child('healthCheckNodePort'), 'field is immutable'),
  )
}
