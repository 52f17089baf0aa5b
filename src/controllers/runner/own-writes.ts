import type { Stored } from '#machinery'

/** An event about a key, which enqueues it when `enqueue` is called. */
interface KeyEvent {
  /** The revision that the event brings; absent where the object is gone. */
  readonly resourceVersion: string | undefined
  enqueue(): void
}

/**
 * Knows which events of a key come from the controller's own writes. While a key fails they do not
 * enqueue it: a controller that reports its failure in a status would otherwise start its next attempt
 * at once with every report, past the back-off of the key, for ever. Of a key that succeeds they do, as
 * in client-go.
 */
export interface OwnWrites {
  /** Marks the start of a reconcile: until `end`, events of the key are held. */
  begin(key: string): void
  /** Remembers what the controller wrote for the key. */
  wrote(key: string, object: Stored): void
  /** Enqueues the key of an event, holds it until `end`, or drops it. */
  event(key: string, event: KeyEvent): void
  /** Marks the end of a reconcile, and enqueues the key for those held events that count. */
  end(key: string, outcome: 'succeeded' | 'failed'): void
}

interface Reconciling {
  readonly revisions: Set<string>
  readonly events: KeyEvent[]
}

export function createOwnWrites(): OwnWrites {
  const reconciling = new Map<string, Reconciling>()
  /** What failed keys wrote at their last attempt: its events may come late. */
  const failed = new Map<string, ReadonlySet<string>>()
  return {
    begin(key) {
      failed.delete(key)
      reconciling.set(key, { revisions: new Set(), events: [] })
    },
    wrote(key, { metadata }) {
      reconciling.get(key)?.revisions.add(metadata.resourceVersion)
    },
    event(key, event) {
      const current = reconciling.get(key)
      if (current) current.events.push(event)
      else if (!failed.get(key)?.has(event.resourceVersion ?? '')) event.enqueue()
    },
    end(key, outcome) {
      const { revisions = new Set<string>(), events = [] } = reconciling.get(key) ?? {}
      reconciling.delete(key)
      if (outcome === 'failed' && revisions.size > 0) failed.set(key, revisions)
      for (const event of events) {
        const isOwn = revisions.has(event.resourceVersion ?? '')
        if (outcome === 'succeeded' || !isOwn) event.enqueue()
      }
    },
  }
}
