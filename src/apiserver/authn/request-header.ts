import type { ApiRequest, UserInfo } from '#machinery'
import { unauthorized } from '#machinery/status'
import type { Authenticator } from './authenticator.ts'
import { anonymousUser, authenticatedGroup, unauthenticatedGroup } from './groups.ts'

/** By which headers a proxy says whom it speaks for; names in any case. */
export interface RequestHeaders {
  /** Common names of the certificates that may; with none of them, whatever the authority has signed. */
  readonly allowedNames: readonly string[]
  /** The first that has a value counts. */
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  /** All values of all of them count. */
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

/**
 * The user whom a proxy in front of this server has authenticated, and names in headers: believed of who
 * shows a certificate of the authority for that, and of nobody else (upstream: `headerrequest`).
 */
export function requestHeaderAuthenticator(given: RequestHeaders): Authenticator {
  const { allowedNames } = given
  const names = lowerCase(given.usernameHeaders)
  const uids = lowerCase(given.uidHeaders)
  const groups = lowerCase(given.groupHeaders)
  const prefixes = lowerCase(given.extraHeaderPrefixes)
  return Object.freeze<Authenticator>({
    name: 'request header',
    authenticate(request) {
      const { frontProxyCertificate: proxy, headers } = request
      if (!proxy) return undefined
      if (allowedNames.length > 0 && !allowedNames.includes(proxy.commonName)) {
        return unauthorized('Unauthorized')
      }
      const name = firstOf(headers, names)
      if (name === '') return undefined
      const uid = firstOf(headers, uids)
      const extra = extraOf(request, prefixes)
      const found = groups.flatMap((group) => valuesOf(request, group)).filter(Boolean)
      return {
        user: {
          name,
          groups: withAuthenticated(name, found),
          ...(uid !== '' && { uid }),
          ...(Object.keys(extra).length > 0 && { extra }),
        },
      }
    },
  })
}

function lowerCase(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase())
}

function firstOf(headers: ApiRequest['headers'], names: readonly string[]): string {
  return names.map((name) => headers[name] ?? '').find(Boolean) ?? ''
}

function valuesOf({ headers, headerValues }: ApiRequest, name: string): readonly string[] {
  const value = headers[name]
  return headerValues?.[name] ?? (value === undefined ? [] : [value])
}

/** What follows a prefix is the key, percent-encoded where a header may not have it so. */
function extraOf(request: ApiRequest, prefixes: readonly string[]): NonNullable<UserInfo['extra']> {
  const extra = new Map<string, string[]>()
  for (const prefix of prefixes) {
    for (const name in request.headers) {
      if (!name.startsWith(prefix)) continue
      const key = unescaped(name.slice(prefix.length))
      extra.set(key, [...(extra.get(key) ?? []), ...valuesOf(request, name)])
    }
  }
  return Object.fromEntries(extra)
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** Whoever is known is of that group, unless the proxy says what else they are (upstream: `group.AuthenticatedGroupAdder`). */
function withAuthenticated(name: string, groups: readonly string[]): readonly string[] {
  const isSaid = groups.includes(authenticatedGroup) || groups.includes(unauthenticatedGroup)
  return isSaid || name === anonymousUser ? groups : [...groups, authenticatedGroup]
}

const standardHeader = /^x-remote-(?:user$|uid$|group$|extra-)/

/** Tells the headers by which users are named, upstream's usual ones among them: nobody behind this server is to see those. */
export function identityHeaderTest(given: RequestHeaders | undefined): (name: string) => boolean {
  if (!given) return (name) => standardHeader.test(name)
  const { usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } = given
  const whole = new Set(lowerCase([...usernameHeaders, ...uidHeaders, ...groupHeaders]))
  const prefixes = lowerCase(extraHeaderPrefixes)
  return (name) =>
    standardHeader.test(name) || whole.has(name) || prefixes.some((each) => name.startsWith(each))
}
