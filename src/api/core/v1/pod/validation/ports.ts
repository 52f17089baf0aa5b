import {
  checkPortName,
  checkPortNumber,
  duplicateField,
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { Container, ContainerPort } from '../../../../generated/types/index.ts'
import { eachItem, ensure, invalidWith, onlyOnce, requireKnown } from '../../../../shared/checks.ts'

export const protocols = ['SCTP', 'TCP', 'UDP']

/** The ports that a container says it listens on. */
export function validateContainerPorts(
  ports: readonly ContainerPort[] | undefined,
  path: FieldPath,
): FieldErrors {
  const names = new Set<string>()
  return eachItem(ports, path, (port, at) => [
    ...validateName(port.name, at.child('name'), names),
    ...(port.containerPort
      ? invalidWith(
          at.child('containerPort'),
          port.containerPort,
          checkPortNumber(port.containerPort),
        )
      : [requiredField(at.child('containerPort'))]),
    ...(port.hostPort
      ? invalidWith(at.child('hostPort'), port.hostPort, checkPortNumber(port.hostPort))
      : []),
    ...requireKnown(port.protocol, at.child('protocol'), protocols),
  ])
}

function validateName(name: string | undefined, path: FieldPath, names: Set<string>): FieldErrors {
  if (!name) return []
  const messages = checkPortName(name)
  return messages.length > 0 ? invalidWith(path, name, messages) : onlyOnce(names, name, path)
}

/** Ports of the node that several containers want at once. */
export function validateHostPortConflicts(
  containers: readonly Container[],
  path: FieldPath,
): FieldErrors {
  const taken = new Set<string>()
  return eachItem(containers, path, ({ ports }, at) =>
    eachItem(ports, at.child('ports'), ({ hostPort, protocol, hostIP = '' }, portAt) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostIP}/${hostPort}`
      const conflict = taken.has(key)
      taken.add(key)
      return ensure(!conflict, () => duplicateField(portAt.child('hostPort'), key))
    }),
  )
}

/**
 * On the node's own network a port cannot be mapped to another. Templates may leave the node's port
 * open: it is filled in when they become pods.
 */
export function validateHostNetworkPorts(
  containers: readonly Container[],
  path: FieldPath,
  isPod: boolean,
): FieldErrors {
  return eachItem(containers, path, ({ ports }, at) =>
    eachItem(ports, at.child('ports'), ({ hostPort = 0, containerPort }, portAt) =>
      ensure(hostPort === containerPort || (!isPod && hostPort === 0), () =>
        invalidField(
          portAt.child('hostPort'),
          hostPort,
          'must match `containerPort` when `hostNetwork` is true',
        ),
      ),
    ),
  )
}
