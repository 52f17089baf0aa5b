import { isIP } from 'node:net'

/** Somebody who is asked for what the cluster does not know. */
export interface Upstream {
  readonly ip: string
  readonly port: number
}

/** More are not asked, as by any resolver. */
const mostUpstreams = 3

/**
 * The name servers of a resolv.conf, but those that lead back here: `own` are the addresses at which
 * the asking server is reached itself. A zone of an IPv6 address is kept.
 */
export function upstreamsIn(text: string, own: ReadonlySet<string>): readonly Upstream[] {
  const servers = text.split('\n').flatMap((line) => {
    const [keyword, ip = ''] = line.trim().split(/\s+/)
    return keyword === 'nameserver' && isIP(ip) !== 0 && !own.has(ip) ? [ip] : []
  })
  return [...new Set(servers)].slice(0, mostUpstreams).map((ip) => ({ ip, port: 53 }))
}
