import type { ApiRequest } from '#machinery'

const userHeader = 'impersonate-user'
const groupHeader = 'impersonate-group'
const uidHeader = 'impersonate-uid'
const extraPrefix = 'impersonate-extra-'

/** Who a request asks to be made as. */
export interface ImpersonatedParts {
  /** Undefined where nobody is named. */
  readonly name: string | undefined
  readonly groups: readonly string[]
  readonly uid: string | undefined
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/** Whether a request has any of the `Impersonate-…` headers. */
export function asksToBeAnother({ headers }: ApiRequest): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}

/**
 * Reads the `Impersonate-…` headers. One header is one value, whatever commas it has: groups and
 * extra values come in a header each. The keys of extra values are percent-encoded; one that is not
 * stays as it is (upstream: `unescapeExtraKey`).
 */
export function impersonatedParts(request: ApiRequest): ImpersonatedParts {
  const { headers } = request
  const extra = new Map<string, string[]>()
  for (const name in headers) {
    if (!name.startsWith(extraPrefix)) continue
    const key = unescaped(name.slice(extraPrefix.length).toLowerCase())
    extra.set(key, [...(extra.get(key) ?? []), ...valuesOf(request, name)])
  }
  return {
    name: headers[userHeader] || undefined,
    groups: valuesOf(request, groupHeader),
    uid: headers[uidHeader] || undefined,
    extra: Object.fromEntries(extra),
  }
}

function valuesOf({ headers, headerValues }: ApiRequest, name: string): readonly string[] {
  const value = headers[name]
  return headerValues?.[name] ?? (value === undefined ? [] : [value])
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
