import type { Pod } from '../../../../generated/types/index.ts'
import { sidecarsOf } from './containers.ts'
import { protocolOf } from './ports.ts'

/** A port of the node that a pod takes for itself. */
export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

const anyIp = '0.0.0.0'

/** The host ports of a pod's containers and sidecars. */
export function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  const containers = [...(spec?.containers ?? []), ...sidecarsOf(spec)]
  return containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort = 0 }) => hostPort > 0)
      .map((port) => ({
        ip: port.hostIP || anyIp,
        protocol: protocolOf(port),
        port: port.hostPort ?? 0,
      })),
  )
}

/** Whether both cannot be taken on one node; the wildcard address overlaps every other. */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false
  return a.ip === b.ip || a.ip === anyIp || b.ip === anyIp
}
