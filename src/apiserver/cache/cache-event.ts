import type { Encoded, Stored, WatchFrame } from '#machinery'
import type { StoredChange } from '#store'
import { restamped, type StoredReading, stamped } from '../stored/stamped.ts'
import type { Selection } from './selection.ts'

/** One change of one object. Frames are made when first needed and shared by all watchers. */
export class CacheEvent {
  readonly revision: number
  readonly key: string
  readonly before: Encoded<Stored> | undefined
  readonly after: Encoded<Stored> | undefined
  #added: WatchFrame | undefined
  #modified: WatchFrame | undefined
  #deleted: WatchFrame | undefined

  constructor(change: {
    readonly revision: number
    readonly key: string
    readonly before: Encoded<Stored> | undefined
    readonly after: Encoded<Stored> | undefined
  }) {
    this.revision = change.revision
    this.key = change.key
    this.before = change.before
    this.after = change.after
  }

  /**
   * The change as a watcher of the selection sees it, if it does: an object that comes to match is
   * added, one that ceases to match is removed, with its last matching state and the new revision.
   */
  frameFor(selection: Selection): WatchFrame | undefined {
    const { before, after } = this
    const is = after !== undefined && selection.matches(after.object)
    const was = before !== undefined && selection.matches(before.object)
    if (is && was) return this.#modifiedFrame(after)
    if (is) return this.#addedFrame(after)
    return was ? this.#deletedFrame(before) : undefined
  }

  #addedFrame(object: Encoded<Stored>): WatchFrame {
    this.#added ??= { type: 'ADDED', object }
    return this.#added
  }

  #modifiedFrame(object: Encoded<Stored>): WatchFrame {
    this.#modified ??= { type: 'MODIFIED', object }
    return this.#modified
  }

  #deletedFrame(object: Encoded<Stored>): WatchFrame {
    this.#deleted ??= { type: 'DELETED', object: restamped(object, this.revision) }
    return this.#deleted
  }
}

/** A change as the store tells it, for watches that begin before the cache's own history. */
export function eventOfChange(
  revision: number,
  { key, before, after }: StoredChange,
  reading: StoredReading,
): CacheEvent {
  return new CacheEvent({
    revision,
    key,
    before: before && stamped(before.value, before.modified, reading),
    after: after && stamped(after.value, after.modified, reading),
  })
}
