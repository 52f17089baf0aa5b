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
  return isAuthority(authority) && hasEscapes(slash < 0 ? '' : path.slice(slash))
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

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@')
  if (at >= 0) {
    const user = authority.slice(0, at)
    if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) || !hasEscapes(user)) return false
  }
  return isHost(authority.slice(at + 1))
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']')
    if (end < 0 || !isPort(host.slice(end + 1))) return false
    const [address = '', zone] = host.slice(1, end).split('%25', 2)
    const isAddress = /^[0-9a-fA-F:.]+$/.test(address) && address.includes(':')
    return isAddress && (zone === undefined || hasEscapes(zone))
  }
  const colon = host.indexOf(':')
  const name = colon < 0 ? host : host.slice(0, colon)
  if (colon >= 0 && !isPort(host.slice(colon))) return false
  return isHostName(name)
}

function isPort(text: string): boolean {
  return text === '' || /^:\d*$/.test(text)
}

/** Letters beyond ASCII stand for themselves, or are escaped; others may not be. */
function isHostName(name: string): boolean {
  if (!/^[A-Za-z0-9\-._~!$&'()*+,;=<>"%\u0080-\uffff]*$/.test(name)) return false
  return !/%(?![89a-fA-F][0-9a-fA-F])/.test(name)
}
