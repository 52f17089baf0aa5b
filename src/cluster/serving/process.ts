import type { LogLine } from '#lib'

/** Aborts on SIGINT and SIGTERM, until disposed. */
export function stopOnSignals(stop: AbortController): Disposable {
  const handler = (name: NodeJS.Signals) => stop.abort(new Error(`stopped by ${name}`))
  process.once('SIGINT', handler).once('SIGTERM', handler)
  return { [Symbol.dispose]: () => void process.off('SIGINT', handler).off('SIGTERM', handler) }
}

/** A line of JSON on standard error. */
export function writeLine({ wallMs, level, message, fields }: LogLine): void {
  const line = { time: new Date(wallMs).toISOString(), level, message, ...fields }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}
