import type { ApiRequest } from '#machinery'
import type { RequestInfo } from '../request/request-info.ts'

/** So many objects a list goes through for one seat. */
const objectsPerSeat = 100

/** Tells how many objects there are of a resource; undefined for one that is not known. */
export type CountObjects = (group: string, version: string, plural: string) => number | undefined

/**
 * How many seats a request takes: more than one for a list, or a watch that begins with one, of many
 * objects (upstream: the work estimator).
 */
export function seatsOf(
  { query }: Pick<ApiRequest, 'query'>,
  info: RequestInfo,
  count: CountObjects,
): number {
  if (info.kind !== 'resource' || info.name !== '') return 1
  if (info.verb === 'watch' ? !beginsWithList(query) : info.verb !== 'list') return 1
  const stored = count(info.group, info.version, info.resource) ?? 0
  const limit = Number(query.get('limit') ?? 0)
  const listed =
    limit > 0 && query.get('resourceVersion') !== '0' ? Math.min(limit, stored) : stored
  return Math.max(1, Math.ceil(listed / objectsPerSeat))
}

function beginsWithList(query: URLSearchParams): boolean {
  const version = query.get('resourceVersion') ?? ''
  return query.get('sendInitialEvents') === 'true' || version === '' || version === '0'
}
