/**
 * The door of the process that answers the cluster's names on this machine's nodes: it runs beside a
 * cluster all its life, and loads nothing else.
 */

import { nameServerLayout, serveNames } from '#dns/process'
import { createLogger, systemClock, systemRandom } from '#lib'
import { lineWriter } from './serving/log-lines.ts'
import { stopOnSignals } from './serving/process.ts'

/** Runs the name servers of a data directory's nodes in this process until SIGINT or SIGTERM. */
export async function runNameServers(dataDir: string): Promise<void> {
  const stop = new AbortController()
  using _signals = stopOnSignals(stop)
  const log = createLogger(systemClock, lineWriter('text'), { level: 'warn' })
  const world = { clock: systemClock, random: systemRandom, log }
  await serveNames(nameServerLayout(dataDir), world, stop)
}
