import { type Encoded, keyOf, type Stored, type WatchFrame } from '#machinery'
import { matchesLabels } from '#machinery/selectors'
import { CompactedError } from '#store'
import { storeKeyOf } from '../../cache/keys.ts'
import type { Selection } from '../../cache/selection.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import { restamped, stamped } from '../../stored/stamped.ts'
import { toRequestVersion } from '../bodies/conversion.ts'

/**
 * Whether a selection can be made only of objects that a webhook has converted: the fields that it names are those of
 * the request's version.
 */
export function selectsConverted({ resource }: RequestScope, { fields }: Selection): boolean {
  return resource.convert !== undefined && fields.some(({ field }) => !isMetadata(field))
}

const isMetadata = (field: string) => field.startsWith('metadata.')

/** What can be told of objects as they are stored, before the rest of the selection is made of the converted ones. */
export function selectionOfStored(selection: Selection): Selection {
  const { namespace, name, labels } = selection
  return {
    ...selection,
    fields: [],
    isPlain: false,
    matches: ({ metadata }) =>
      (namespace === undefined || metadata.namespace === namespace) &&
      (name === undefined || metadata.name === name) &&
      matchesLabels(labels, metadata.labels),
  }
}

/** Frames of converted objects as a watcher of the selection sees them; see `CacheEvent.frameFor`. */
export async function* selectedFrames(
  scope: RequestScope,
  frames: AsyncIterable<WatchFrame>,
  selection: Selection,
): AsyncGenerator<WatchFrame> {
  /** What each object was that has been seen; undefined where the selection left it out. */
  const seen = new Map<string, Encoded<Stored> | undefined>()
  for await (const frame of frames) {
    const selected = isChange(frame)
      ? await selectedFrame(scope, frame, { selection, seen })
      : frame
    if (selected) yield selected
  }
}

const isChange = ({ type }: WatchFrame) => type !== 'BOOKMARK' && type !== 'ERROR'

interface Selected {
  readonly selection: Selection
  readonly seen: Map<string, Encoded<Stored> | undefined>
}

async function selectedFrame(
  scope: RequestScope,
  frame: WatchFrame,
  { selection, seen }: Selected,
): Promise<WatchFrame | undefined> {
  // Cast: what is watched is stored.
  const object = frame.object as Encoded<Stored>
  const key = keyOf(object.object)
  const before = seen.has(key) ? seen.get(key) : await stoodBefore(scope, frame.type, object)
  const was = before !== undefined && selection.matches(before.object)
  const is = frame.type !== 'DELETED' && selection.matches(object.object)
  if (frame.type === 'DELETED') seen.delete(key)
  else seen.set(key, is ? object : undefined)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object }
  return was ? { type: 'DELETED', object: restamped(before, revisionOf(object)) } : undefined
}

const revisionOf = ({ object }: Encoded<Stored>) => Number(object.metadata.resourceVersion)

/** What stood before a change of an object that has not been seen yet, in the request's version. */
async function stoodBefore(
  scope: RequestScope,
  type: WatchFrame['type'],
  object: Encoded<Stored>,
): Promise<Encoded<Stored> | undefined> {
  if (type === 'ADDED') return undefined
  if (type === 'DELETED') return object
  const { resource, stored, world } = scope
  const { namespace = '', name } = object.object.metadata
  try {
    const at = revisionOf(object) - 1
    const found = await world.store.get(storeKeyOf(stored, namespace, name), at)
    return found && toRequestVersion(resource, stamped(found.value, found.modified, stored))
  } catch (error) {
    // Nobody knows any more what it was: the change is told as one.
    if (error instanceof CompactedError) return object
    throw error
  }
}
