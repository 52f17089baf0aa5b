import assert from 'node:assert/strict'

/**
 * Fails when the work takes more processor time than that. The bounds are generous, so that only work
 * that grows faster than its input misses them, on a slow or busy machine too.
 */
export function withinMs(bound: number, work: () => void): void {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  const spentMs = (user + system) / 1000
  assert.ok(spentMs < bound, `took ${Math.round(spentMs)} ms, more than ${bound} ms`)
}
