import { CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelList, CelMap, CelOpaque } from '../values/values.ts'

interface UrlParts {
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
}

/** A URL as Go reads it. */
class CelUrl extends CelOpaque {
  readonly typeName = 'kubernetes.URL'
  readonly text: string
  readonly parts: UrlParts
  constructor(text: string, parts: UrlParts) {
    super()
    this.text = text
    this.parts = parts
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelUrl && other.text === this.text
  }
}

/** What is wrong with a URL of a request, in the words of Go; undefined for one that can be read. */
export function urlProblem(text: string): string | undefined {
  const result = parseUrl(text)
  return typeof result === 'string' ? `parse ${JSON.stringify(text)}: ${result}` : undefined
}

function parseUrl(text: string): UrlParts | string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (/[\x00-\x1f\x7f]/.test(text)) return 'net/url: invalid control character in URL'
  if (text === '') return 'empty url'
  if (text.startsWith(':')) return 'missing protocol scheme'
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)?.[1] ?? ''
  const rest = scheme === '' ? text : text.slice(scheme.length + 1)
  const [withoutFragment] = cut(rest, '#')
  const [hierarchy, query] = cut(withoutFragment, '?')
  return hierarchical(scheme.toLowerCase(), hierarchy, query)
}

/** What stands before and behind the first such mark. */
function cut(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function hierarchical(scheme: string, hierarchy: string, query: string): UrlParts | string {
  if (!hierarchy.startsWith('/')) {
    return scheme === '' ? 'invalid URI for request' : { scheme, host: '', path: '', query }
  }
  const hasAuthority = scheme !== '' && hierarchy.startsWith('//')
  const slash = hierarchy.indexOf('/', 2)
  const end = slash < 0 ? hierarchy.length : slash
  const authority = hasAuthority ? hierarchy.slice(2, end) : ''
  const path = hasAuthority ? hierarchy.slice(end) : hierarchy
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const problem = hostProblem(host) ?? escapeProblem(path)
  return problem ?? { scheme, host: unescaped(host), path, query }
}

function hostProblem(host: string): string | undefined {
  const bracket = host.lastIndexOf(']')
  if (host.startsWith('[') && bracket < 0) return "missing ']' in host"
  const colon = host.indexOf(':', Math.max(0, bracket))
  const port = host.startsWith('[') ? host.slice(bracket + 1) : colon < 0 ? '' : host.slice(colon)
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`
  const bad = /[ "<>\\^`{|}]/.exec(host)
  if (bad) return `invalid character ${JSON.stringify(bad[0])} in host name`
  return escapeProblem(host)
}

function escapeProblem(text: string): string | undefined {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text)
  return bad ? `invalid URL escape ${JSON.stringify(bad[0])}` : undefined
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function url(text: string): CelUrl {
  const parts = parseUrl(text)
  if (typeof parts !== 'string') return new CelUrl(text, parts)
  throw new CelError(
    `URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${parts}`,
  )
}

function hostname(host: string): string {
  const bracket = host.indexOf(']')
  if (host.startsWith('[') && bracket > 0) return host.slice(1, bracket)
  const colon = host.indexOf(':')
  return colon < 0 ? host : host.slice(0, colon)
}

const port = (host: string): string => /:(\d*)$/.exec(host.slice(host.indexOf(']') + 1))?.[1] ?? ''

/** The path as it was written, where that is a valid encoding; otherwise encoded. */
const escapedPath = (path: string): string =>
  path.replace(/[^a-zA-Z0-9\-_.~$&+,/:;=@!'()*%[\]]+/g, (part) =>
    encodeURIComponent(part.toWellFormed()),
  )

function query(text: string): CelMap {
  const values = new Map<string, string[]>()
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    const [key, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    if (pair === '' || pair.includes(';') || escapeProblem(pair) !== undefined) continue
    const name = unescaped(key.replaceAll('+', ' '))
    values.set(name, [...(values.get(name) ?? []), unescaped(value.replaceAll('+', ' '))])
  }
  return new CelMap([...values].map(([name, list]) => [name, new CelList(list)]))
}

/** URLs and what they consist of. */
export const urls: readonly Overload[] = [
  overload('url(string): URL', url),
  overload('isURL(string): bool', (text: string) => urlProblem(text) === undefined),
  overload('URL.getScheme(): string', ({ parts }: CelUrl) => parts.scheme),
  overload('URL.getHost(): string', ({ parts }: CelUrl) => parts.host),
  overload('URL.getHostname(): string', ({ parts }: CelUrl) => hostname(parts.host)),
  overload('URL.getPort(): string', ({ parts }: CelUrl) => port(parts.host)),
  overload('URL.getEscapedPath(): string', ({ parts }: CelUrl) => escapedPath(parts.path)),
  overload('URL.getQuery(): map<string, list<string>>', ({ parts }: CelUrl) => query(parts.query)),
]
