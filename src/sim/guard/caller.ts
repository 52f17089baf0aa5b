import type { AnyFunction } from './ambient.ts'

/** Deep enough to see past Node's own frames. */
const framesLooked = 40

/** The frames below `above`, first the one that called it: `function (file:line:column)`. */
export function framesBelow(above: AnyFunction): readonly string[] {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = framesLooked
  const holder = { stack: '' }
  Error.captureStackTrace(holder, above)
  const frames = holder.stack.split('\n').slice(1)
  Error.stackTraceLimit = limit
  return frames.map((frame) => frame.trim().replace(/^at /, ''))
}

/**
 * The frame to blame: not Node's, and not a real adapter's of `lib`, which is only the wrong one of
 * two to have been given.
 */
export function blamed(frames: readonly string[]): string {
  return frames.find((frame) => !innocent.test(frame))?.replace('file://', '') ?? 'unknown'
}

const innocent =
  /\bnode:|\/lib\/(real\/|(clock\/)?clock\.[jt]s)|^new Promise \(<anonymous>\)|^Proxy\./
