/** Aborts on SIGINT and SIGTERM, until disposed. */
export function stopOnSignals(stop: AbortController): Disposable {
  const handler = (name: NodeJS.Signals) => stop.abort(new Error(`stopped by ${name}`))
  process.once('SIGINT', handler).once('SIGTERM', handler)
  return { [Symbol.dispose]: () => void process.off('SIGINT', handler).off('SIGTERM', handler) }
}
