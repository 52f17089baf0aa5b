/** What is known of a piece of work besides its name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A piece of work within a trace, from its beginning on. What is not sampled has one as well, and keeps nothing. */
export interface RequestSpan {
  /** By which the traces and the audit of a request are brought together; at most 64 letters. */
  readonly auditId: string
  /** By which somebody else goes on with the trace: headers of W3C Trace Context. */
  readonly headers: Readonly<Record<string, string>>
  /** Begins a part of this work; `call` is one that somebody else carries out. */
  begin(name: string, attributes?: SpanAttributes, kind?: 'call'): RequestSpan
  /** Notes a step of the work. */
  event(name: string, attributes?: SpanAttributes): void
  set(attributes: SpanAttributes): void
  /** The work is done; `error` is a text, maybe an empty one, where it has failed. */
  end(error?: string): void
}

/** Does a piece of work within a span of its own; without a trace it is the work and nothing else. */
export function withSpan<T>(span: RequestSpan | undefined, work: () => Promise<T>): Promise<T> {
  return span ? ended(span, work) : work()
}

async function ended<T>(span: RequestSpan, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    span.end()
  }
}
