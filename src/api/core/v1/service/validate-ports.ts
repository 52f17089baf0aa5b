import {
  checkDns1123Label,
  checkPortNumber,
  checkQualifiedName,
  duplicateField,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  requiredField,
} from '#machinery/validation'
import type { ServicePort, ServiceSpec } from '../../../generated/types/index.ts'
import { eachItem, ensure, invalidWith, onlyOnce, requireKnown } from '../../../shared/checks.ts'
import { protocols } from '../pod/validation/ports.ts'
import { validatePort } from '../pod/validation/probes.ts'

/** The ports of a Service: each valid, named where there are several, no two the same. */
export function validateServicePorts(spec: ServiceSpec, path: FieldPath): FieldErrors {
  const { ports = [], type, clusterIP } = spec
  const at = path.child('ports')
  const names = new Set<string>()
  return [
    ...ensure(ports.length > 0 || clusterIP === 'None' || type === 'ExternalName', () =>
      requiredField(at),
    ),
    ...eachItem(ports, at, (port, index) => [
      ...validateName(port.name ?? '', index.child('name'), {
        isRequired: ports.length > 1,
        names,
      }),
      ...validateNumbers(port, index),
    ]),
    ...validateNodePorts(spec, at),
    ...validateUnique(ports, at),
  ]
}

function validateName(
  name: string,
  path: FieldPath,
  { isRequired, names }: { readonly isRequired: boolean; readonly names: Set<string> },
): FieldErrors {
  if (name === '') return isRequired ? [requiredField(path)] : []
  return [...invalidWith(path, name, checkDns1123Label(name)), ...onlyOnce(names, name, path)]
}

function validateNumbers(port: ServicePort, path: FieldPath): FieldErrors {
  const number = port.port ?? 0
  return [
    ...invalidWith(path.child('port'), number, checkPortNumber(number)),
    ...requireKnown(port.protocol, path.child('protocol'), protocols),
    ...validatePort(port.targetPort ?? 0, path.child('targetPort')),
    ...(port.appProtocol
      ? invalidWith(
          path.child('appProtocol'),
          port.appProtocol,
          checkQualifiedName(port.appProtocol),
        )
      : []),
  ]
}

function validateNodePorts({ ports, type }: ServiceSpec, path: FieldPath): FieldErrors {
  const taken = new Set<string>()
  return eachItem(ports, path, ({ nodePort, protocol }, at) => {
    if (!nodePort) return []
    const key = `${protocol}/${nodePort}`
    const repeated = taken.has(key)
    taken.add(key)
    return [
      ...ensure(type !== 'ClusterIP', () =>
        forbiddenField(at.child('nodePort'), "may not be used when `type` is 'ClusterIP'"),
      ),
      ...ensure(!repeated, () => duplicateField(at.child('nodePort'), nodePort)),
    ]
  })
}

function validateUnique(ports: readonly ServicePort[], path: FieldPath): FieldErrors {
  const taken = new Set<string>()
  return eachItem(ports, path, ({ protocol = '', port }, at) => {
    const key = `${protocol}/${port}`
    const repeated = taken.has(key)
    taken.add(key)
    // Upstream shows its own struct here, whose members have Go's names.
    return ensure(!repeated, () =>
      duplicateField(at, {
        Name: '',
        Protocol: protocol,
        AppProtocol: null,
        Port: port,
        TargetPort: 0,
        NodePort: 0,
      }),
    )
  })
}
