import { isIpv6 } from './ip-formats.ts'

/** Whether a text is what stands in a request: an absolute URI, or an absolute path. As Go reads it. */
export function isRequestUri(text: string): boolean {
  if (text === '' || hasControl(text)) return false
  if (text === '*') return true
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(text)?.[0] ?? ''
  // What has no scheme may still have a colon, but not as its first letter.
  if (text.startsWith(':')) return false
  const rest = text.slice(scheme.length)
  const query = rest.indexOf('?')
  const path = query < 0 ? rest : rest.slice(0, query)
  if (!path.startsWith('/')) return scheme !== ''
  if (scheme === '' || !path.startsWith('//')) return hasEscapes(path)
  const slash = path.indexOf('/', 2)
  const authority = slash < 0 ? path.slice(2) : path.slice(2, slash)
  return isAuthority(authority, scheme) && hasEscapes(slash < 0 ? '' : path.slice(slash))
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

/** Whether each percent sign stands before two digits. */
function hasEscapes(text: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(text)
}

function isAuthority(authority: string, scheme: string): boolean {
  const at = authority.lastIndexOf('@')
  if (at >= 0) {
    const user = authority.slice(0, at)
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) || !hasEscapes(user)) return false
  }
  return isHost(authority.slice(at + 1), scheme)
}

function isHost(host: string, scheme: string): boolean {
  const bracket = host.lastIndexOf('[')
  if (bracket > 0) return false
  if (bracket === 0) return isBracketed(host)
  // Other schemes may list several hosts, of which only the last one's port is looked at.
  const isWeb = /^https?:$/i.test(scheme)
  const colon = isWeb ? host.indexOf(':') : host.lastIndexOf(':')
  return isHostName(host) && (colon < 0 || isPort(host.slice(colon)))
}

/** `[::1]:80`, or with a zone `[fe80::1%25en0]`. */
function isBracketed(host: string): boolean {
  const end = host.lastIndexOf(']')
  if (end < 0 || !isPort(host.slice(end + 1))) return false
  const inside = host.slice(1, end)
  const zoneAt = inside.indexOf('%25')
  if (zoneAt < 0) return isIpv6(inside)
  const zone = inside.slice(zoneAt + 3)
  return isIpv6(inside.slice(0, zoneAt)) && zone !== '' && isZone(zone)
}

/** Any letter may be escaped that could stand there, and the space. */
function isZone(zone: string): boolean {
  if (!hasEscapes(zone)) return false
  const plain = zone.replace(/%[0-9a-fA-F]{2}/g, (escaped) => {
    const code = Number.parseInt(escaped.slice(1), 16)
    return code === 0x20 || code === 0x25 || code >= 0x80 ? 'x' : String.fromCharCode(code)
  })
  return hostLetters.test(plain)
}

function isPort(text: string): boolean {
  return text === '' || /^:\d*$/.test(text)
}

const hostLetters = /^[A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"\u0080-\uffff]*$/

/** Letters beyond ASCII stand for themselves, or are escaped; others may not be, but for the percent sign. */
function isHostName(name: string): boolean {
  if (/%(?![89a-fA-F][0-9a-fA-F]|25)/.test(name)) return false
  return hostLetters.test(name.replaceAll('%', ''))
}
