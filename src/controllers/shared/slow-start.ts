/**
 * Calls `work` `count` times in batches of 1, 2, 4… so that a systematic failure (a quota, a bad
 * template) costs few calls. Stops after the batch in which one failed; gives how many succeeded.
 */
export async function slowStart(
  count: number,
  work: (index: number) => Promise<void>,
): Promise<{ readonly succeeded: number; readonly error?: unknown }> {
  let succeeded = 0
  for (let batch = 1; succeeded < count; batch *= 2) {
    const size = Math.min(batch, count - succeeded)
    const first = succeeded
    const results = await Promise.allSettled(
      Array.from({ length: size }, (_, offset) => work(first + offset)),
    )
    const failed = results.filter((result) => result.status === 'rejected')
    succeeded += size - failed.length
    if (failed[0]) return { succeeded, error: failed[0].reason }
  }
  return { succeeded }
}
