import { memoized } from '#lib'
import type { ApiRequest } from '#machinery'
import { badRequest } from '#machinery/status'

/** What a path and a method ask for (upstream: RequestInfo). */
export type RequestInfo =
  | ResourceInfo
  | { readonly kind: 'path'; readonly verb: string; readonly path: string }

/** A request for a resource, or for what belongs to one. */
export interface ResourceInfo {
  readonly kind: 'resource'
  readonly verb: ResourceVerb
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  /** Empty for all namespaces and for cluster-scoped resources. */
  readonly namespace: string
  readonly name: string
  /** What follows `proxy` in the path. */
  readonly rest: string
}

/** What is done to a resource, as authorization rules name it. */
export type ResourceVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'

const namespaceParts: ReadonlySet<string> = new Set(['status', 'finalize'])

/**
 * Reads a request line. The same question gives the same object, so that others may keep by it what
 * they know of it.
 * @throws StatusError 400 for a path that cannot be decoded.
 */
export function requestInfoOf({ method, path, query }: ApiRequest): RequestInfo {
  return infoOfLine(`${method} ${isTrue(query.get('watch')) ? 'watch' : ''} ${path}`)
}

const maxRemembered = 10_000
/** Longer lines than any that is asked twice: anybody may ask for anything. */
const maxRememberedLength = 512

/** What clients ask for they ask for again: heartbeats, a status, the next list. */
const infoOfLine = memoized(
  (line: string): RequestInfo => {
    const [method = '', watch = ''] = line.split(' ', 2)
    const path = line.slice(method.length + watch.length + 2)
    return Object.freeze(readLine({ method: method as ApiRequest['method'], path }, watch !== ''))
  },
  maxRemembered,
  maxRememberedLength,
)

type RequestLine = Pick<ApiRequest, 'method' | 'path'>

function readLine(request: RequestLine, watches: boolean): RequestInfo {
  const parts = request.path
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
  const verb = request.method.toLowerCase()
  const [root] = parts
  if (root === 'api' && parts.length > 2)
    return resourceInfo(request, watches, ['', parts[1] ?? ''], parts.slice(2))
  if (root === 'apis' && parts.length > 3) {
    return resourceInfo(request, watches, [parts[1] ?? '', parts[2] ?? ''], parts.slice(3))
  }
  return { kind: 'path', verb, path: request.path }
}

function resourceInfo(
  request: RequestLine,
  watches: boolean,
  [group, version]: readonly [string, string],
  parts: readonly string[],
): RequestInfo {
  // The old form `/api/v1/watch/…`; clients use `?watch=true` now.
  const isOldWatch = parts[0] === 'watch'
  const own = isOldWatch ? parts.slice(1) : parts
  const place = placeOf(own)
  // Only collections are watched, except by the old form: `?watch` of one object is a get.
  const verb = verbOf(request.method, place.name, isOldWatch || (watches && place.name === ''))
  return { kind: 'resource', verb, group, version, ...place }
}

interface Place {
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly rest: string
}

/** `namespaces/NS/pods/NAME/log`, `nodes/NAME/status`, `namespaces/NS/finalize`. */
function placeOf(parts: readonly string[]): Place {
  const [first = '', second = '', third = ''] = parts
  const inNamespace = first === 'namespaces' && third !== '' && !namespaceParts.has(third)
  const [resource = '', name = '', subresource = '', ...rest] = inNamespace ? parts.slice(2) : parts
  const namespace = inNamespace || first === 'namespaces' ? second : ''
  return { resource, name, subresource, namespace, rest: rest.join('/') }
}

function verbOf(method: ApiRequest['method'], name: string, watches: boolean): ResourceVerb {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      if (watches) return 'watch'
      return name === '' ? 'list' : 'get'
  }
}

/** A flag of a query as Go's conversion reads it: present and neither `false` nor `0`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0'
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw badRequest(`invalid URL escape in "${part}"`)
  }
}
