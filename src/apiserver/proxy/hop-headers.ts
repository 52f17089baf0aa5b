/** Headers of one connection only, and those by which the client proves to us who it is. */
const ownHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether a header says something of this connection, and not of what goes over it. */
export function isOwnHeader(name: string): boolean {
  return ownHeaders.has(name)
}
