import type { IntOrString } from '#machinery/quantity'
import type { ContainerPort, Pod } from '../../../../generated/types/index.ts'
import { sidecarsOf } from './containers.ts'

/**
 * The port number of a pod that a Service's target port means: a number stands for itself, a name
 * for the first port of that name and protocol of a container or sidecar (upstream: FindPort).
 */
export function findPodPort(pod: Pod, target: IntOrString, protocol: string): number | undefined {
  if (typeof target === 'number') return target
  const containers = [...(pod.spec?.containers ?? []), ...sidecarsOf(pod.spec)]
  const ports = containers.flatMap((container) => container.ports ?? [])
  return ports.find((port) => port.name === target && protocolOf(port) === protocol)?.containerPort
}

/** A port's protocol; TCP where none is given. */
export function protocolOf({ protocol }: Pick<ContainerPort, 'protocol'>): string {
  return protocol || 'TCP'
}

/** The port number that a probe or hook means: a number, or the name of one of the container's. */
export function findContainerPort(
  container: { readonly ports?: readonly ContainerPort[] },
  target: IntOrString,
): number | undefined {
  if (typeof target === 'number') return target
  const named = container.ports?.find(({ name }) => name === target)?.containerPort
  return named ?? (/^\d+$/.test(target) ? Number(target) : undefined)
}
