import { goQuote } from '#machinery'
import { badRequest, invalid } from '#machinery/status'
import {
  type FieldError,
  fieldPath,
  forbiddenField,
  notSupportedField,
} from '#machinery/validation'
import { isTrue } from '../../request/request-info.ts'

/** meta/v1 ListOptions, apart from the selectors. */
export interface ListOptions {
  /** Undefined for none. */
  readonly limit: number | undefined
  readonly continue: string
  /** Undefined where none is asked for: the newest. */
  readonly revision: number | undefined
  readonly match: '' | 'Exact' | 'NotOlderThan'
}

/** meta/v1 ListOptions as a watch reads them, apart from the selectors. */
export interface WatchOptions {
  readonly revision: number | undefined
  readonly allowBookmarks: boolean
  /** Undefined where the client does not say. */
  readonly sendInitialEvents: boolean | undefined
  readonly timeoutSeconds: number | undefined
}

/** @throws StatusError 400 for what cannot be read, 422 for what upstream's validation refuses. */
export function listOptionsOf(query: URLSearchParams): ListOptions {
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  const token = query.get('continue') ?? ''
  refuseIfAny(listErrors(match, { version, token, query }))
  if (token !== '' && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  return {
    limit: wholeNumber(query, 'limit') || undefined,
    continue: token,
    revision: version === '' ? undefined : revisionOf(version),
    match: match as ListOptions['match'],
  }
}

/** @throws StatusError 400 for what cannot be read, 422 for what upstream's validation refuses. */
export function watchOptionsOf(query: URLSearchParams): WatchOptions {
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  const initial = query.get('sendInitialEvents')
  refuseIfAny(watchErrors(match, initial !== null, query.get('continue') ?? ''))
  return {
    revision: version === '' ? undefined : revisionOf(version),
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    timeoutSeconds: wholeNumber(query, 'timeoutSeconds') || undefined,
  }
}

/** A resourceVersion as a revision. @throws StatusError 400. */
export function revisionOf(version: string): number {
  const revision = Number(version)
  if (/^\d+$/.test(version) && Number.isSafeInteger(revision)) return revision
  const text = goQuote(version)
  const why = `strconv.ParseUint: parsing ${text}: invalid syntax`
  throw badRequest(`resourceVersion: Invalid value: ${text}: ${why}`)
}

const matchPath = fieldPath('resourceVersionMatch')

function listErrors(
  match: string,
  given: { readonly version: string; readonly token: string; readonly query: URLSearchParams },
): readonly FieldError[] {
  const errors: FieldError[] = []
  const refuse = (detail: string) => errors.push(forbiddenField(matchPath, detail))
  if (match !== '') {
    if (given.version === '') {
      refuse('resourceVersionMatch is forbidden unless resourceVersion is provided')
    }
    if (given.token !== '') refuse('resourceVersionMatch is forbidden when continue is provided')
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupportedField(matchPath, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && given.version === '0') {
      refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    }
  }
  if (given.query.has('sendInitialEvents')) {
    const path = fieldPath('sendInitialEvents')
    errors.push(forbiddenField(path, 'sendInitialEvents is forbidden for list'))
  }
  return errors
}

function watchErrors(match: string, hasInitial: boolean, token: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const refuse = (detail: string) => errors.push(forbiddenField(matchPath, detail))
  if (hasInitial && match !== 'NotOlderThan') {
    refuse('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  }
  if (match === '') return errors
  if (!hasInitial) {
    refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  }
  if (match !== 'NotOlderThan') {
    errors.push(notSupportedField(matchPath, match, ['NotOlderThan']))
  }
  if (token !== '') refuse('resourceVersionMatch is forbidden when continue is provided')
  return errors
}

function refuseIfAny(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
}

function wholeNumber(query: URLSearchParams, name: string): number {
  const text = query.get(name)
  if (text === null || text === '') return 0
  const number = Number(text)
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`)
}
