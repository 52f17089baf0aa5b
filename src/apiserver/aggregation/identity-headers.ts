import type { UserInfo } from '#machinery'

/** Headers of a request that goes on; several values of one name stand one by one. */
export type ForwardedHeaders = Readonly<Record<string, string | readonly string[]>>

/** As whom a request is made, for a server that trusts the certificate of this one (upstream: `SetAuthProxyHeaders`). */
export function identityHeaders({ name, uid, groups, extra = {} }: UserInfo): ForwardedHeaders {
  const extras = Object.entries(extra).map(
    ([key, values]) => [`X-Remote-Extra-${escaped(key)}`, values] as const,
  )
  return {
    'X-Remote-User': name,
    ...(uid && { 'X-Remote-Uid': uid }),
    ...(groups.length > 0 && { 'X-Remote-Group': groups }),
    ...Object.fromEntries(extras),
  }
}

/** Whether a client wants to say itself who it is. */
export function isIdentityHeader(name: string): boolean {
  return name.startsWith('x-remote-')
}

/** What a name of a header may not have, as its bytes. */
function escaped(key: string): string {
  return Array.from(Buffer.from(key), (byte) => {
    const character = String.fromCharCode(byte)
    if (/[!#$&'*+.^_`|~0-9A-Za-z-]/.test(character)) return character
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}
