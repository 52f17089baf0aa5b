import { hostname, networkInterfaces } from 'node:os'

/** The node's name as upstream takes it: the machine's host name in lower case. */
export function machineName(): string {
  return hostname().toLowerCase()
}

/** The machine's own addresses, IPv4 first; loopback only where there is nothing else. */
export function machineAddresses(): readonly string[] {
  const all = Object.entries(networkInterfaces())
    .filter(([name]) => !/^(knarr-|kn[0-9a-f]{6}-|cni|veth|docker|br-)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
  const outer = all.filter(({ internal, family }) => !internal && family === 'IPv4')
  return outer.length > 0 ? [outer[0]?.address ?? '127.0.0.1'] : ['127.0.0.1']
}
