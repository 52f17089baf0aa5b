import { existsSync, readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { isGlobalUnicast } from '#machinery/validation'

/** The node's name as upstream takes it: the machine's host name in lower case. */
export function machineName(): string {
  return hostname().toLowerCase()
}

/**
 * The machine's own addresses, one of each family that is asked for and that it has; loopback only where
 * there is nothing else.
 */
export function machineAddresses(
  families: readonly ('IPv4' | 'IPv6')[] = ['IPv4'],
): readonly string[] {
  const all = Object.entries(networkInterfaces())
    .filter(([name]) => !/^(knarr-|kn[0-9a-f]{6}-|cni|veth|docker|br-)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
  const outer = families.flatMap((wanted) => {
    const own = all.filter(
      ({ internal, family, address }) =>
        !internal && family === wanted && (wanted === 'IPv4' || isGlobalUnicast(address)),
    )
    return own[0]?.address ?? []
  })
  return outer.length > 0 ? outer : ['127.0.0.1']
}

/** Why this machine can have no networks of IPv6; undefined where it can. */
export function ipv6Refusal(): string | undefined {
  const setting = '/proc/sys/net/ipv6/conf/all/disable_ipv6'
  if (!existsSync(setting)) return 'its kernel has no IPv6'
  if (readFileSync(setting, 'utf8').trim() === '0') return undefined
  return 'IPv6 is switched off (net.ipv6.conf.all.disable_ipv6)'
}
