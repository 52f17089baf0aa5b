import type { Stored } from '#machinery'
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPortNumber,
  checkQualifiedName,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  tooManyField,
  validateFullyQualifiedDomainName,
  validateImmutable,
  validateIpv4,
  validateIpv6,
} from '#machinery/validation'
import { protocols } from '../../../core/v1/pod/validation/ports.ts'
import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
} from '../../../generated/types/discovery-v1.ts'
import {
  eachItem,
  ensure,
  invalidWith,
  onlyOnce,
  requireKnown,
  requireOneOf,
  requireValue,
} from '../../../shared/checks.ts'

const maxEndpoints = 1000
const maxAddresses = 100
const maxPorts = 20_000

export function validateEndpointSlice(slice: EndpointSlice): FieldErrors {
  const { endpoints = [], ports = [], addressType } = slice
  const [endpointsPath, portsPath] = [fieldPath('endpoints'), fieldPath('ports')]
  const names = new Set<string>()
  return [
    ...requireKnown(addressType, fieldPath('addressType'), ['FQDN', 'IPv4', 'IPv6']),
    ...ensure(endpoints.length <= maxEndpoints, () =>
      tooManyField(endpointsPath, endpoints.length, maxEndpoints),
    ),
    ...eachItem(endpoints, endpointsPath, (each, at) => validateEndpoint(each, addressType, at)),
    ...ensure(ports.length <= maxPorts, () => tooManyField(portsPath, ports.length, maxPorts)),
    ...eachItem(ports, portsPath, (port, at) => validatePort(port, at, names)),
  ]
}

export function validateEndpointSliceUpdate(
  slice: EndpointSlice,
  old: Stored<EndpointSlice>,
): FieldErrors {
  return [
    ...validateEndpointSlice(slice),
    ...validateImmutable(slice.addressType, old.addressType, fieldPath('addressType')),
  ]
}

const addressRules: Readonly<Record<string, (value: string, path: FieldPath) => FieldErrors>> = {
  IPv4: validateIpv4,
  IPv6: validateIpv6,
  FQDN: validateFullyQualifiedDomainName,
}

function validateEndpoint(endpoint: Endpoint, type: string, path: FieldPath): FieldErrors {
  const { addresses = [], hostname, nodeName } = endpoint
  const at = path.child('addresses')
  return [
    ...requireValue(addresses.length, at, 'must contain at least 1 address'),
    ...ensure(addresses.length <= maxAddresses, () =>
      tooManyField(at, addresses.length, maxAddresses),
    ),
    ...eachItem(addresses, at, (address, index) => addressRules[type]?.(address, index) ?? []),
    ...(nodeName
      ? invalidWith(path.child('nodeName'), nodeName, checkDns1123Subdomain(nodeName))
      : []),
    ...(hostname ? invalidWith(path.child('hostname'), hostname, checkDns1123Label(hostname)) : []),
  ]
}

function validatePort(port: EndpointPort, path: FieldPath, names: Set<string>): FieldErrors {
  const { name = '', port: number, appProtocol } = port
  return [
    ...(name ? invalidWith(path.child('name'), name, checkDns1123Label(name)) : []),
    ...onlyOnce(names, name, path.child('name')),
    ...requireOneOf(port.protocol, path.child('protocol'), protocols),
    ...(number === undefined
      ? []
      : invalidWith(path.child('port'), number, checkPortNumber(number))),
    ...(appProtocol
      ? invalidWith(path.child('appProtocol'), appProtocol, checkQualifiedName(appProtocol))
      : []),
  ]
}
