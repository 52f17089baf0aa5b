import { type Encoded, groupResourceOf, type Stored } from '#machinery'
import { resourceExpired, StatusError } from '#machinery/status'
import { CompactedError, FutureRevisionError, type RangeResult } from '#store'
import { prefixOf } from '../../cache/keys.ts'
import { type Selection, selectionOf } from '../../cache/selection.ts'
import { type RequestScope, rulesOf } from '../../request/resource-request.ts'
import { withSpan } from '../../spans/request-span.ts'
import { stamped } from '../../stored/stamped.ts'
import { toRequestVersions } from '../bodies/conversion.ts'
import type { ListResult } from '../bodies/respond.ts'
import {
  type Continuation,
  formatContinuation,
  parseContinuation,
} from '../options/continue-token.ts'
import { type ListOptions, listOptionsOf } from '../options/list-options.ts'
import { selectionOfStored, selectsConverted } from './select-converted.ts'

/**
 * GET of a collection. What stands now comes from the cache; pages of an older snapshot, and lists at
 * an exact revision, from the store's history.
 */
export async function listObjects(scope: RequestScope): Promise<ListResult> {
  const options = listOptionsOf(scope.request.query)
  const selection = selectionFor(scope)
  if (selectsConverted(scope, selection)) {
    // All at once: a page could not be told from what the rest of the selection leaves of it.
    const whole = { ...options, limit: undefined }
    const page = await tracedPage(scope, selectionOfStored(selection), whole)
    const items = await toRequestVersions(scope.resource, page.items)
    return { ...page, items: items.filter(({ object }) => selection.matches(object)) }
  }
  const page = await tracedPage(scope, selection, options)
  return { ...page, items: await toRequestVersions(scope.resource, page.items) }
}

/** Which objects a list, watch or deletecollection is about. */
export function selectionFor(scope: RequestScope): Selection {
  const {
    resource,
    namespace,
    name,
    request: { query },
  } = scope
  return selectionOf(rulesOf(scope), {
    namespace,
    name,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    fieldNames: resource.view?.fieldNames,
  })
}

function tracedPage(
  scope: RequestScope,
  selection: Selection,
  options: ListOptions,
): Promise<ListResult> {
  const span = scope.span?.begin('cacher.GetList', {
    'audit-id': scope.span.auditId,
    type: groupResourceOf(scope.stored),
  })
  return withSpan(span, async () => {
    const page = await pageOf(scope, selection, options)
    span?.event('Filtered items', { count: page.items.length })
    return page
  })
}

async function pageOf(
  scope: RequestScope,
  selection: Selection,
  options: ListOptions,
): Promise<ListResult> {
  const { caches } = scope.world
  const { limit, revision } = options
  if (options.continue !== '') {
    const { revision: at, start } = parseContinuation(options.continue)
    if (at !== undefined) return pageAt(scope, selection, { at, start, limit })
    await caches.upToDate()
    return currentPage(scope, selection, { start, limit })
  }
  if (revision === undefined) {
    await caches.upToDate()
    return currentPage(scope, selection, { start: '', limit })
  }
  // Any version will do, and upstream's cache does not cut such lists.
  if (revision === 0) return currentPage(scope, selection, { start: '', limit: undefined })
  await caches.reached(revision)
  const isExact = options.match === 'Exact' || (options.match === '' && limit !== undefined)
  if (isExact) return pageAt(scope, selection, { at: revision, start: '', limit })
  return currentPage(scope, selection, { start: '', limit })
}

interface Page {
  /** The first key to look at, within the resource. */
  readonly start: string
  readonly limit: number | undefined
}

/** A page of what stands now, at the newest revision that the cache has seen. */
function currentPage(scope: RequestScope, selection: Selection, page: Page): ListResult {
  return cachedPage(scope, selection, { ...page, at: scope.world.caches.revision })
}

function cachedPage(
  { stored, world }: RequestScope,
  selection: Selection,
  { start, limit = Number.POSITIVE_INFINITY, at }: Page & { readonly at: number },
): ListResult {
  const prefix = prefixOf(stored)
  const page = world.caches.of(stored).page(selection, `${prefix}${start}`, limit)
  const { items, beyond, lastKey } = page
  const resourceVersion = String(at)
  if (beyond === 0) return { metadata: { resourceVersion }, items }
  const metadata = {
    resourceVersion,
    continue: formatContinuation({ revision: at, start: after(lastKey.slice(prefix.length)) }),
    // With selectors upstream does not know how many follow, and says nothing.
    ...(selection.isPlain && { remainingItemCount: beyond }),
  }
  return { metadata, items }
}

/** A page as it was at one revision. */
async function pageAt(
  scope: RequestScope,
  selection: Selection,
  { at, start, limit }: Page & { readonly at: number },
): Promise<ListResult> {
  const { caches } = scope.world
  const cache = caches.of(scope.stored)
  const reader = { scope, selection, at, continues: start !== '' }
  if (at >= cache.newest && at <= caches.revision) {
    // What stands now is read before others have a turn: afterwards it may be newer than asked.
    const page = cachedPage(scope, selection, { start, limit, at })
    // A token ends with its revision, also where nothing of this resource has changed since.
    await assertKept(reader, start)
    return page
  }
  const { found, next, remaining } = await readMatching(reader, start, limit)
  const resourceVersion = String(at)
  if (next === undefined) return { metadata: { resourceVersion }, items: found }
  const metadata = {
    resourceVersion,
    continue: formatContinuation({ revision: at, start: after(next) }),
    ...(selection.isPlain && { remainingItemCount: remaining }),
  }
  return { metadata, items: found }
}

interface HistoryReader {
  readonly scope: RequestScope
  readonly selection: Selection
  readonly at: number
  readonly continues: boolean
}

interface HistoryPage {
  readonly found: readonly Encoded<Stored>[]
  /** The last key of the page when more follow. */
  readonly next: string | undefined
  readonly remaining: number
}

/** Values read from the store in one go while looking for matches. */
const chunk = 1000

async function readMatching(
  reader: HistoryReader,
  start: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<HistoryPage> {
  const { scope, selection } = reader
  const root = prefixOf(scope.stored)
  const found: Encoded<Stored>[] = []
  let from = `${root}${start}`
  for (;;) {
    const page = await rangeAt(reader, from, start)
    for (const [index, { key, value, modified }] of page.values.entries()) {
      const object = stamped(value, modified, scope.stored)
      if (!selection.matches(object.object)) continue
      found.push(object)
      if (found.length < limit) continue
      const remaining = page.values.length - index - 1 + page.remaining
      return { found, next: remaining > 0 ? key.slice(root.length) : undefined, remaining }
    }
    const last = page.values.at(-1)
    if (!page.more || !last) return { found, next: undefined, remaining: 0 }
    from = after(last.key)
  }
}

function rangeAt(reader: HistoryReader, from: string, start: string): Promise<RangeResult> {
  const { scope, selection, at } = reader
  const { stored, world } = scope
  const namespace = stored.scope === 'Namespaced' && selection.namespace
  const prefix = `${prefixOf(stored)}${namespace ? `${namespace}/` : ''}`
  return unlessGone(reader, start, () => world.store.range({ prefix, from, at, limit: chunk }))
}

/** @throws StatusError 410 for a revision that the store has forgotten. */
async function assertKept(reader: HistoryReader, start: string): Promise<void> {
  const { scope, at } = reader
  await unlessGone(reader, start, () => scope.world.store.get(prefixOf(scope.stored), at))
}

async function unlessGone<T>(
  { scope, at, continues }: HistoryReader,
  start: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof CompactedError) throw continues ? expiredPage({ start }) : expiredList()
    if (error instanceof FutureRevisionError) await scope.world.caches.reached(at)
    throw error
  }
}

function expiredList(): StatusError {
  return resourceExpired('The resourceVersion for the provided list is too old.')
}

/** The snapshot is gone; the token in the answer goes on with what stands now. */
function expiredPage({ start }: Pick<Continuation, 'start'>): StatusError {
  const text = [
    'The provided continue parameter is too old to display a consistent list result.',
    'You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.',
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  ].join(' ')
  const { code, reason, message } = resourceExpired(text)
  const metadata = { continue: formatContinuation({ revision: undefined, start }) }
  return new StatusError({ code, reason, message, metadata })
}

/** The first key behind `key`. */
function after(key: string): string {
  return `${key}\0`
}
