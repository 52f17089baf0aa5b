import type { Random } from '#lib'

/** What a trace is known by to others: the headers of W3C Trace Context. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly isSampled: boolean
  /** As it came; nobody here reads it. */
  readonly traceState: string
}

const parent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const zeros = /^0+$/

/** Reads the headers of a request; undefined where they name no trace. */
export function traceContextIn(
  headers: Readonly<Record<string, string>>,
): TraceContext | undefined {
  const match = parent.exec((headers.traceparent ?? '').trim())
  if (!match) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', more] = match
  // Later versions may say more; this one may not.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (zeros.test(traceId) || zeros.test(spanId)) return undefined
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1
  return { traceId, spanId, isSampled, traceState: headers.tracestate ?? '' }
}

/** The headers of what is asked of somebody else. */
export function traceHeaders(context: TraceContext): Readonly<Record<string, string>> {
  const { traceId, spanId, isSampled, traceState } = context
  return {
    traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`,
    ...(traceState !== '' && { tracestate: traceState }),
  }
}

/** Draws an identifier of so many digits, in groups of eight. */
export function traceIdentifier(random: Random, digits: 16 | 32): string {
  let text = ''
  while (text.length < digits) {
    text += Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  }
  return zeros.test(text) ? traceIdentifier(random, digits) : text
}

/** Whether a trace is among a fraction of all, which each server of a trace decides alike (upstream: `TraceIDRatioBased`). */
export function isWithinRatio(traceId: string, fraction: number): boolean {
  return Number.parseInt(traceId.slice(16, 24), 16) / 2 ** 32 < fraction
}
