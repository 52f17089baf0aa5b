import {
  badRequest,
  type Encoded,
  groupVersionOf,
  type ListMeta,
  notFound,
  resourceExpired,
  type Stored,
  type WatchFrame,
} from '#machinery'
import { CompactedError, type RangeResult } from '#store'
import { prefixOf, storeKeyOf } from '../cache/keys.ts'
import { stamped } from '../cache/object-set.ts'
import { type Selection, selectionOf } from '../cache/selection.ts'
import { isTrue } from '../request-info.ts'
import type { Scope } from './scope.ts'
import { shown } from './views.ts'

/** The object that the path names, as it is stored. */
export function currentObject({
  world,
  stored,
  resource,
  namespace,
  name,
}: Scope): Encoded<Stored> {
  const found = world.caches.of(stored).get(storeKeyOf(stored, namespace, name))
  if (!found) throw notFound(resource, name)
  return found
}

export async function getObject(scope: Scope): Promise<Encoded<Stored>> {
  await freshEnough(scope, scope.request.query.get('resourceVersion') ?? '')
  return shown(scope.resource, currentObject(scope))
}

export interface ListResult {
  readonly metadata: ListMeta
  readonly items: readonly Encoded<Stored>[]
}

export async function listObjects(scope: Scope): Promise<ListResult> {
  const { resource, request } = scope
  const { query } = request
  const selection = selectionFor(scope)
  const limit = wholeNumber(query.get('limit'), 'limit')
  const token = query.get('continue') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  checkMatch(match, version, token)
  const page =
    token !== '' || match === 'Exact'
      ? await pageAt(scope, selection, { limit, token, version })
      : await currentPage(scope, selection, { limit, version })
  return { ...page, items: page.items.map((item) => shown(resource, item)) }
}

export function selectionFor(scope: Scope): Selection {
  const { query } = scope.request
  return selectionOf(scope.stored, {
    namespace: scope.namespace,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
  })
}

/** Waits until the caches are as new as the request's resourceVersion asks for. */
async function freshEnough({ world }: Scope, version: string): Promise<void> {
  if (version === '0') return
  if (version === '') await world.caches.upToDate()
  else await world.caches.reached(parseVersion(version))
}

interface Page {
  readonly limit: number
  readonly token?: string
  readonly version: string
}

async function currentPage(
  scope: Scope,
  selection: Selection,
  { limit, version }: Page,
): Promise<ListResult> {
  await freshEnough(scope, version)
  const { caches } = scope.world
  const items = caches.of(scope.stored).list(selection)
  const resourceVersion = String(caches.revision)
  if (limit === 0 || items.length <= limit) return { metadata: { resourceVersion }, items }
  const page = items.slice(0, limit)
  const metadata = {
    resourceVersion,
    continue: continueToken(caches.revision, lastKey(scope, page)),
    ...(selection.isPlain ? { remainingItemCount: items.length - limit } : {}),
  }
  return { metadata, items: page }
}

/** A page of the list as it was at one revision, read from the store's history. */
async function pageAt(
  scope: Scope,
  selection: Selection,
  { limit, token = '', version }: Page,
): Promise<ListResult> {
  const start = token === '' ? { revision: parseVersion(version), after: '' } : parseToken(token)
  const prefix = `${prefixOf(scope.stored)}${scope.namespace ? `${scope.namespace}/` : ''}`
  const reader = { scope, selection, prefix, at: start.revision }
  const from = start.after === '' ? prefix : `${start.after}\0`
  const { found, next } = await readMatching(reader, from, limit || Number.POSITIVE_INFINITY)
  const resourceVersion = String(start.revision)
  const more = next === undefined ? {} : { continue: continueToken(start.revision, next) }
  return { metadata: { resourceVersion, ...more }, items: found }
}

interface HistoryReader {
  readonly scope: Scope
  readonly selection: Selection
  readonly prefix: string
  readonly at: number
}

/** Values read from the store in one go while looking for matches. */
const chunk = 1000

/** Up to `limit` matching objects from `from` on, and the last key looked at when there is more. */
async function readMatching(
  { scope, selection, prefix, at }: HistoryReader,
  from: string,
  limit: number,
): Promise<{ readonly found: readonly Encoded<Stored>[]; readonly next: string | undefined }> {
  const found: Encoded<Stored>[] = []
  let position = from
  for (;;) {
    const page = await rangeAt(scope, { prefix, from: position, at, limit: chunk })
    const matching = page.values
      .map(({ key, value, modified }) => ({ key, object: stamped(value, modified) }))
      .filter(({ object }) => selection.matches(object.object))
    const wanted = matching.slice(0, limit - found.length)
    found.push(...wanted.map(({ object }) => object))
    const stopped = found.length === limit ? wanted.at(-1)?.key : undefined
    if (stopped !== undefined) {
      const isEnd = !page.more && stopped === page.values.at(-1)?.key
      return { found, next: isEnd ? undefined : stopped }
    }
    const last = page.values.at(-1)
    if (!page.more || !last) return { found, next: undefined }
    position = `${last.key}\0`
  }
}

async function rangeAt(
  { world }: Scope,
  query: { prefix: string; from: string; at: number; limit: number },
): Promise<RangeResult> {
  try {
    return await world.store.range(query)
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error
    throw resourceExpired(
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
    )
  }
}

export async function watchObjects(scope: Scope): Promise<AsyncIterable<WatchFrame>> {
  const { world, stored, resource, request, signal } = scope
  const selection = selectionFor(scope)
  const version = request.query.get('resourceVersion') ?? ''
  const initial = request.query.get('sendInitialEvents')
  if (version !== '' && version !== '0') await world.caches.reached(parseVersion(version))
  else if (version === '') await world.caches.upToDate()
  const sendsInitial = initial === null ? version === '' || version === '0' : isTrue(initial)
  const after = sendsInitial
    ? undefined
    : version === '' || version === '0'
      ? world.caches.revision
      : parseVersion(version)
  const frames = world.caches.of(stored).watch(
    selection,
    {
      after,
      revision: world.caches.revision,
      bookmarks: isTrue(request.query.get('allowWatchBookmarks')),
      initialEventsEnd: initial !== null && isTrue(initial),
    },
    signal,
  )
  return resource.view ? converted(frames, scope) : frames
}

async function* converted(
  frames: AsyncIterable<WatchFrame>,
  { resource }: Scope,
): AsyncGenerator<WatchFrame> {
  for await (const frame of frames) {
    if (frame.type === 'BOOKMARK') yield frame
    else yield { type: frame.type, object: shown(resource, frame.object as Encoded<Stored>) }
  }
}

function lastKey({ stored }: Scope, page: readonly Encoded<Stored>[]): string {
  const meta = page.at(-1)?.object.metadata
  return storeKeyOf(stored, meta?.namespace, meta?.name ?? '')
}

function checkMatch(match: string, version: string, token: string): void {
  if (token !== '' && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  if (match === '') return
  if (token !== '') throw badRequest('resourceVersionMatch is forbidden when continue is provided')
  if (version === '') {
    throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided')
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw badRequest(
      `resourceVersionMatch: Unsupported value: "${match}": supported values: "Exact", "NotOlderThan"`,
    )
  }
  if (match === 'Exact' && version === '0') {
    throw badRequest(
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    )
  }
}

export function parseVersion(version: string): number {
  const revision = Number(version)
  if (!/^\d+$/.test(version) || !Number.isSafeInteger(revision)) {
    throw badRequest(
      `resourceVersion: Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`,
    )
  }
  return revision
}

function wholeNumber(text: string | null, name: string): number {
  if (text === null || text === '') return 0
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax (${name})`)
  }
  return number
}

function continueToken(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString(
    'base64url',
  )
}

function parseToken(token: string): { readonly revision: number; readonly after: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (Number.isSafeInteger(rv) && typeof start === 'string') return { revision: rv, after: start }
  } catch {
    // Not a token of ours; told below.
  }
  throw badRequest('continue key is not valid: illegal base64 data or encoding')
}

export function listVersionOf(scope: Scope): string {
  return groupVersionOf(scope.resource)
}
