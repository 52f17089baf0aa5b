import type { LogEntry } from './entries/entry.ts'

/** The most different refusals that are remembered in order to tell a repetition. */
const maxRemembered = 1000

/**
 * Makes a filter of refused requests, which clients can cause at any rate. It lets a repetition pass
 * only at the 2nd, 4th, 8th … time within what the log holds, and of a log's `limit` entries no more
 * than a quarter.
 */
export function createRefusalFilter(limit: number): (entry: LogEntry) => boolean {
  const counts = new Map<string, { count: number; sequence: number }>()
  const share = Math.max(1, Math.floor(limit / 4))
  let passed: number[] = []
  return ({ sequence, actor, resource, subresource, key, changes }) => {
    const text = [actor, resource, subresource, key, ...changes].join('\n')
    const before = counts.get(text)
    const isForgotten = !before || before.sequence <= sequence - limit
    const count = isForgotten ? 1 : before.count + 1
    counts.delete(text)
    counts.set(text, { count, sequence: isForgotten ? sequence : before.sequence })
    const [oldest] = counts.keys()
    if (counts.size > maxRemembered && oldest !== undefined) counts.delete(oldest)
    if ((count & (count - 1)) !== 0) return false
    if (passed.length >= share) passed = passed.filter((each) => each > sequence - limit)
    if (passed.length >= share) return false
    passed.push(sequence)
    return true
  }
}
