import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPortNumber,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  requiredField,
  validateEndpointIp,
  validateIp,
} from '#machinery/validation'
import type { EndpointSubset, Endpoints } from '../../../generated/types/index.ts'
import { change, fill, mapItems } from '../../../shared/change.ts'
import { eachItem, ensure, invalidWith, requireKnown } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, none, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { protocols } from '../pod/validation/ports.ts'

/** Endpoints list the addresses behind a Service in the old, single form. */
export const endpoints = defineResource<Endpoints>(
  { group: '', version: 'v1', kind: 'Endpoints' },
  {
    columns: [nameColumn, text('Endpoints', endpointsText), ageColumn],
    allowCreateOnUpdate: true,
    default: (object) =>
      change(object, {
        subsets: mapItems(object.subsets, (subset) =>
          change(subset, {
            ports: mapItems(subset.ports, (port) => fill(port, { protocol: 'TCP' })),
          }),
        ),
      }),
    validate: ({ subsets }) => eachItem(subsets, fieldPath('subsets'), validateSubset),
    deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  },
)

const shown = 3

function endpointsText({ subsets = [] }: Endpoints): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => joinHostPort(ip, port))),
  )
  if (all.length === 0) return none
  const text = all.slice(0, shown).join(',')
  return all.length > shown ? `${text} + ${all.length - shown} more...` : text
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function validateSubset(subset: EndpointSubset, path: FieldPath): FieldErrors {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset
  const each = (name: 'addresses' | 'notReadyAddresses') =>
    eachItem(subset[name], path.child(name), ({ ip, hostname, nodeName }, at) => [
      ...validateIp(ip, at.child('ip')),
      ...(hostname ? invalidWith(at.child('hostname'), hostname, checkDns1123Label(hostname)) : []),
      ...(nodeName
        ? invalidWith(at.child('nodeName'), nodeName, checkDns1123Subdomain(nodeName))
        : []),
      ...validateEndpointIp(ip, at.child('ip')),
    ])
  return [
    ...ensure(addresses.length + notReadyAddresses.length > 0, () =>
      requiredField(path, 'must specify `addresses` or `notReadyAddresses`'),
    ),
    ...each('addresses'),
    ...each('notReadyAddresses'),
    ...eachItem(ports, path.child('ports'), ({ name = '', port, protocol }, at) => [
      ...(name
        ? invalidWith(at.child('name'), name, checkDns1123Label(name))
        : ensure(ports.length === 1, () => requiredField(at.child('name')))),
      ...invalidWith(at.child('port'), port ?? 0, checkPortNumber(port ?? 0)),
      ...requireKnown(protocol, at.child('protocol'), protocols),
    ]),
  ]
}
