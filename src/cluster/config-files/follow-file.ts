import { readFileSync } from 'node:fs'
import { type Clock, type Logger, messageOf } from '#lib'

/** How often a file is looked at (upstream: a minute). */
const periodMs = 60_000

interface Following {
  readonly path: string
  /** What it held when it was last taken in. */
  readonly content: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Hands over a file each time that its content has changed, until `signal` aborts. What cannot be read or
 * is refused changes nothing; it is looked at again with the next round.
 */
export async function followFile(
  { path, content, clock, log }: Following,
  take: (content: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let taken = content
  for (;;) {
    await clock.sleep(periodMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      const now = readFileSync(path, 'utf8')
      if (now === taken) continue
      take(now)
      taken = now
      log.info('a configuration file was read again', { path })
    } catch (error) {
      log.error('a configuration file was not read again', { path, error: messageOf(error) })
    }
  }
}
