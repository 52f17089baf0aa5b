import {
  checkDns1123Subdomain,
  checkPortName,
  checkPortNumber,
  checkWildcardDns1123Subdomain,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  labelName,
  parseIp,
  requiredField,
} from '#machinery/validation'
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
} from '../../../generated/types/networking-v1.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  requireOneOf,
  requireValue,
} from '../../../shared/checks.ts'

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const badSequences = ['//', '/./', '/../', '%2f', '%2F']
const badEnds = ['/..', '/.']

export function validateIngress({ spec = {} }: Ingress): FieldErrors {
  const path = fieldPath('spec')
  const { rules = [], defaultBackend, ingressClassName } = spec
  return [
    ...(ingressClassName
      ? invalidWith(
          path.child('ingressClassName'),
          ingressClassName,
          checkDns1123Subdomain(ingressClassName),
        )
      : []),
    ...eachItem(rules, path.child('rules'), validateRule),
    ...(defaultBackend ? validateBackend(defaultBackend, path.child('defaultBackend')) : []),
    ...ensure(rules.length > 0 || defaultBackend !== undefined, () =>
      invalidField(path, spec, 'either `defaultBackend` or `rules` must be specified'),
    ),
    ...eachItem(spec.tls, path.child('tls'), ({ hosts, secretName }, at) => [
      ...eachItem(hosts, at.child('hosts'), validateHost),
      ...(secretName
        ? invalidWith(at.child('secretName'), secretName, checkDns1123Subdomain(secretName))
        : []),
    ]),
  ]
}

function validateRule({ host, http }: IngressRule, path: FieldPath): FieldErrors {
  return [
    ...(host ? validateHost(host, path.child('host')) : []),
    ...(http
      ? http.paths?.length
        ? eachItem(http.paths, path.child('http', 'paths'), validatePath)
        : [requiredField(path.child('http', 'paths'))]
      : []),
  ]
}

function validateHost(host: string, path: FieldPath): FieldErrors {
  if (parseIp(host)) return [invalidField(path, host, 'must be a DNS name, not an IP address')]
  const messages = host.includes('*')
    ? checkWildcardDns1123Subdomain(host)
    : checkDns1123Subdomain(host)
  return invalidWith(path, host, messages)
}

function validatePath(
  { path = '', pathType, backend }: HTTPIngressPath,
  at: FieldPath,
): FieldErrors {
  const isExact = pathType === 'Exact' || pathType === 'Prefix'
  const needsRoot = isExact || path !== ''
  return [
    ...(pathType
      ? requireOneOf(pathType, at.child('pathType'), pathTypes)
      : [requiredField(at.child('pathType'), 'pathType must be specified')]),
    ...ensure(!needsRoot || path.startsWith('/'), () =>
      invalidField(at.child('path'), path, 'must be an absolute path'),
    ),
    ...(isExact && path.startsWith('/') ? validatePlainPath(path, at.child('path')) : []),
    ...validateBackend(backend ?? {}, at.child('backend')),
  ]
}

function validatePlainPath(value: string, path: FieldPath): FieldErrors {
  return [
    ...badSequences.flatMap((part) =>
      ensure(!value.includes(part), () => invalidField(path, value, `must not contain '${part}'`)),
    ),
    ...badEnds.flatMap((end) =>
      ensure(!value.endsWith(end), () => invalidField(path, value, `cannot end with '${end}'`)),
    ),
  ]
}

function validateBackend({ service, resource }: IngressBackend, path: FieldPath): FieldErrors {
  if (service && resource) {
    return [invalidField(path, '', 'cannot set both resource and service backends')]
  }
  if (resource) {
    return [
      ...requireValue(resource.kind, path.child('resource', 'kind')),
      ...requireValue(resource.name, path.child('resource', 'name')),
    ]
  }
  if (!service) return [invalidField(path, '', 'resource or service backend is required')]
  const at = path.child('service')
  const { name: portName, number } = service.port ?? {}
  return [
    ...(service.name
      ? invalidWith(at.child('name'), service.name, labelName(service.name, false))
      : [requiredField(at.child('name'))]),
    ...ensure(!portName || !number, () =>
      invalidField(path, '', 'cannot set both port name & port number'),
    ),
    ...(portName ? invalidWith(at.child('port', 'name'), portName, checkPortName(portName)) : []),
    ...(number
      ? invalidWith(at.child('port', 'number'), number, checkPortNumber(number))
      : ensure(Boolean(portName), () => requiredField(path, 'port name or number is required'))),
  ]
}
