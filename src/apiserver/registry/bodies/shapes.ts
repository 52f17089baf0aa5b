import { derived, messageOf } from '#lib'
import {
  type Column,
  encodedFrom,
  type IncludeObject,
  type KubeObject,
  type ListMeta,
  type Stored,
  type TableOptions,
  tableHead,
  tableOf,
  tableRow,
  type WatchFrame,
} from '#machinery'
import { badRequest } from '#machinery/status'
import { type RequestScope, rulesOf } from '../../request/resource-request.ts'
import type { LongList } from './long-list.ts'

/** What an object or list looks like as something else than itself. */
export type Shape = 'table' | 'metadata'

/** One object as a table or as its metadata. */
export function shapedObject(scope: RequestScope, shape: Shape, object: Stored): KubeObject {
  if (shape === 'metadata') return metadataOf(object)
  return tableFor(scope, [object], versionOf(object))
}

/** A list as one table or as the metadata of its objects; each is made when it is asked for. */
export function shapedList(
  scope: RequestScope,
  shape: Shape,
  list: { readonly metadata: ListMeta; readonly objects: Iterable<Stored> },
): LongList {
  const { metadata, objects } = list
  if (shape === 'table') {
    const options = tableOptions(scope, metadata)
    const columns = columnsOf(scope)
    const elements = each(objects, (object) => tableRow(columns, object, options))
    return { head: tableHead(columns, options), member: 'rows', elements }
  }
  const typeMeta = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' }
  return { head: { ...typeMeta, metadata }, member: 'items', elements: each(objects, metadataOf) }
}

function* each<T, R>(items: Iterable<T>, map: (item: T) => R): Generator<R> {
  for (const item of items) yield map(item)
}

/** Errors stay what they are; only the first table of a watch says what its columns are. */
export async function* shapedFrames(
  scope: RequestScope,
  shape: Shape,
  frames: AsyncIterable<WatchFrame>,
): AsyncGenerator<WatchFrame> {
  let withoutDefinitions = false
  for await (const frame of frames) {
    if (frame.type === 'ERROR') {
      yield frame
      continue
    }
    const object = frame.object.object as Stored
    const shaped =
      shape === 'metadata'
        ? metadataOf(object)
        : frameTable(scope, { object, isBookmark: frame.type === 'BOOKMARK', withoutDefinitions })
    withoutDefinitions = true
    yield { type: frame.type, object: encodedFrom(shaped) }
  }
}

function frameTable(
  scope: RequestScope,
  frame: {
    readonly object: Stored
    readonly isBookmark: boolean
    readonly withoutDefinitions: boolean
  },
): KubeObject {
  const { object, isBookmark, withoutDefinitions } = frame
  if (!isBookmark) return tableFor(scope, [object], versionOf(object), withoutDefinitions)
  // There is no object whose columns could be filled, but its metadata say how far the watch is.
  const table = tableFor(scope, [], versionOf(object), withoutDefinitions)
  return { ...table, rows: [{ cells: [], object: metadataOf(object) }] } as KubeObject
}

function tableFor(
  scope: RequestScope,
  objects: readonly Stored[],
  metadata: ListMeta,
  withoutDefinitions = false,
): KubeObject {
  const options = tableOptions(scope, metadata, withoutDefinitions)
  return tableOf(columnsOf(scope), objects, options) as unknown as KubeObject
}

function tableOptions(
  { request, world }: RequestScope,
  metadata: ListMeta,
  withoutDefinitions = false,
): TableOptions {
  const onUnreadable = (object: Stored, column: string, error: unknown) => {
    if (!unreadableWarning.known(object))
      world.log.error(...unreadableWarning(object, column, error))
  }
  const includeObject = includeObjectOf(request.query)
  const nowMs = world.clock.wallMs()
  return { nowMs, metadata, includeObject, withoutDefinitions, onUnreadable }
}

/** What is logged of an object that a column cannot show, once for each of its revisions. */
const unreadableWarning = derived(
  ({ kind, metadata: { namespace, name } }: Stored, column: string, error: unknown) =>
    [
      'a column cannot show an object',
      { kind, namespace, name, column, error: messageOf(error) },
    ] as const,
)

/** A projection (`/scale`) is another kind, with columns of its own. */
function columnsOf(scope: RequestScope): readonly Column[] {
  const part = rulesOf(scope).subresources?.[scope.subresource]
  return (part?.kind === 'projection' && part.columns) || scope.resource.columns
}

const includes: readonly string[] = ['None', 'Metadata', 'Object']

function includeObjectOf(query: URLSearchParams): IncludeObject {
  const include = query.get('includeObject') || 'Metadata'
  if (includes.includes(include)) return include as IncludeObject
  throw badRequest(
    `unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
  )
}

function versionOf({ metadata: { resourceVersion } }: Stored): ListMeta {
  return { resourceVersion }
}

/** The metadata of an object as an object, made once, so that its encodings are made once as well. */
const metadataOf = derived(
  ({ metadata }: Stored): KubeObject => ({
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
  }),
)
