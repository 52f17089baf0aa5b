import { httpsPort } from './resolve-place.ts'
import type { WebhookCall, WebhookPlace } from './transport.ts'

/** An IPv6 address without its brackets, another host as it is. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** Where a URL of HTTPS leads. */
export function placeOfUrl(url: string): WebhookPlace {
  const { hostname, port } = new URL(url)
  return { kind: 'url', host: bareHost(hostname), port: port === '' ? httpsPort : Number(port) }
}

/** A call of a URL as it stands, with its path and query. */
export function callOfUrl(
  url: string,
  more: Omit<Partial<WebhookCall>, 'authorities'> & Pick<WebhookCall, 'authorities'>,
): WebhookCall {
  const { host, hostname, pathname, search } = new URL(url)
  return {
    place: placeOfUrl(url),
    serverName: bareHost(hostname),
    path: `${pathname}${search}`,
    authority: host,
    body: new Uint8Array(),
    ...more,
  }
}
