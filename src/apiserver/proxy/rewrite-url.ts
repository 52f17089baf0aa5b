import { posix } from 'node:path'
import type { ProxyTarget } from './target.ts'

/** What links of a proxied answer are measured by. */
export interface ProxiedPlace {
  /** The path of the API under which the target is reached, without a slash at its end. */
  readonly prefix: string
  readonly target: ProxyTarget
  /** The host that the client asked, as its header says. */
  readonly requestHost: string | undefined
}

/** Scheme, host, path, and what follows it; each may be missing. */
const parts = /^(?:([a-zA-Z][\w+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/

/**
 * A link within the target leads through the proxy afterwards; one that is relative, or leads elsewhere, stays
 * as it is (upstream: Transport's rewriteURL).
 */
export function rewriteUrl(url: string, { prefix, target, requestHost }: ProxiedPlace): string {
  const [front = '', scheme, host, path = ''] = parts.exec(url) ?? []
  const isOwn = host === undefined || host === '' || host === requestHost || isHostOf(target, host)
  if (!isOwn || !path.startsWith('/')) return url
  const rest = url.slice(front.length)
  // Who named the server of the API itself keeps saying so.
  const origin = host && host === requestHost ? `${scheme ? `${scheme}:` : ''}//${host}` : ''
  return `${origin}${path.startsWith(prefix) ? path : posix.join(prefix, path)}${rest}`
}

function isHostOf({ scheme, host, port }: ProxyTarget, named: string): boolean {
  const plain = host.includes(':') ? `[${host}]` : host
  return named === `${plain}:${port}` || (named === plain && port === usualPorts[scheme])
}

const usualPorts = { http: 80, https: 443 } as const
