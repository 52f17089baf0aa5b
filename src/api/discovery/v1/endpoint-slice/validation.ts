import type { Stored } from '#machinery'
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPortNumber,
  checkQualifiedName,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  parseIp,
  tooManyField,
  validateEndpointIp,
  validateFullyQualifiedDomainName,
  validateImmutable,
  validateIp,
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

type AddressRule = (address: string, all: FieldPath, index: number) => FieldErrors

const addressRules: Readonly<Record<string, AddressRule>> = {
  IPv4: addressOf(4),
  IPv6: addressOf(6),
  FQDN: (address, all, index) => validateFullyQualifiedDomainName(address, all.index(index)),
}

/** An address of a family that traffic can be sent to. Upstream names the list where the family is wrong. */
function addressOf(family: 4 | 6): AddressRule {
  return (address, all, index) => {
    const ip = parseIp(address)
    if (!ip) return validateIp(address, all.index(index))
    return [
      ...ensure(ip.family === family, () =>
        invalidField(all, address, `must be an IPv${family} address`),
      ),
      ...validateEndpointIp(address, all.index(index)),
    ]
  }
}

function validateEndpoint(endpoint: Endpoint, type: string, path: FieldPath): FieldErrors {
  const { addresses = [], hostname, nodeName } = endpoint
  const at = path.child('addresses')
  return [
    ...requireValue(addresses.length, at, 'must contain at least 1 address'),
    ...ensure(addresses.length <= maxAddresses, () =>
      tooManyField(at, addresses.length, maxAddresses),
    ),
    ...addresses.flatMap((address, i) => addressRules[type]?.(address, at, i) ?? []),
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
