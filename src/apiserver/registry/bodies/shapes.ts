import { derived, messageOf } from '#lib'
import {
  type Column,
  encodedFrom,
  type IncludeObject,
  type KubeObject,
  type ListMeta,
  type Stored,
  tableOf,
  type WatchFrame,
} from '#machinery'
import { badRequest } from '#machinery/status'
import { type RequestScope, rulesOf } from '../../request/resource-request.ts'

/** What an object or list looks like as something else than itself. */
export type Shape = 'table' | 'metadata'

/** One object as a table or as its metadata. */
export function shapedObject(scope: RequestScope, shape: Shape, object: Stored): KubeObject {
  if (shape === 'metadata') return metadataOf(object)
  return tableFor(scope, [object], versionOf(object))
}

/** A list as one table or as the metadata of its objects. */
export function shapedList(
  scope: RequestScope,
  shape: Shape,
  list: { readonly metadata: ListMeta; readonly objects: readonly Stored[] },
): KubeObject {
  const { metadata, objects } = list
  if (shape === 'table') return tableFor(scope, objects, metadata)
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    items: objects.map(metadataOf),
  } as KubeObject
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
  const { request, world } = scope
  const includeObject = includeObjectOf(request.query)
  const onUnreadable = (object: Stored, column: string, error: unknown) => {
    if (!unreadableWarning.known(object))
      world.log.error(...unreadableWarning(object, column, error))
  }
  const options = {
    nowMs: world.clock.wallMs(),
    metadata,
    includeObject,
    withoutDefinitions,
    onUnreadable,
  }
  return tableOf(columnsOf(scope), objects, options) as unknown as KubeObject
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

function metadataOf({ metadata }: Stored): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}
