import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import type { FinishedSpan } from '#apiserver'
import { type Clock, type Logger, messageOf } from '#lib'
import { exportMethod, exportRequest, spansMessage, type TracedService } from './otlp.ts'

/** Where spans go. */
export interface ExporterOptions extends TracedService {
  /** `host:port`, or a name as gRPC resolves it. */
  readonly endpoint: string
  readonly clock: Clock
  readonly log: Logger
}

/** Takes spans at once; what is queued is sent when it is disposed of, if that goes quickly. */
export interface SpanExporter extends AsyncDisposable {
  take(span: FinishedSpan): void
}

/** Bounds of OpenTelemetry's own batches (`OTEL_BSP_…`). */
const maxQueued = 2048
const maxBatch = 512
const delayMs = 5_000
const timeoutMs = 10_000
/** How long an end may wait for the collector. */
const lastTimeoutMs = 1_000

/**
 * Sends spans to a collector in batches by OTLP over gRPC, without TLS, as upstream does. They are lost where the queue
 * is full or the collector away, which the log tells once until it is back: nobody waits for any of this.
 */
export function createSpanExporter(options: ExporterOptions): SpanExporter {
  const { endpoint, clock, log } = options
  const client = new Client(endpoint, credentials.createInsecure(), { 'grpc.enable_retries': 0 })
  let queue: FinishedSpan[] = []
  let lost = 0
  let timer: Disposable | undefined
  let sending: Promise<void> | undefined
  let isAway = false
  const fail = (error: unknown, spans: number) => {
    if (!isAway) log.warn('traces are lost', { endpoint, spans, error: messageOf(error) })
    isAway = true
  }
  const sendNext = async (limitMs: number) => {
    const batch = queue.slice(0, maxBatch)
    queue = queue.slice(batch.length)
    try {
      const message = exportRequest.fromObject(spansMessage(batch, options))
      const bytes = Buffer.from(exportRequest.encode(message).finish())
      await send(client, bytes, clock.wallMs() + limitMs)
      isAway = false
    } catch (error) {
      fail(error, batch.length)
    }
    if (lost > 0) fail(new Error('the queue is full'), lost)
    lost = 0
  }
  const sendAll = async (limitMs = timeoutMs) => {
    timer?.[Symbol.dispose]()
    timer = undefined
    while (queue.length > 0) await sendNext(limitMs)
    sending = undefined
  }
  const start = () => {
    sending ??= sendAll()
  }
  return {
    take(span) {
      if (queue.length >= maxQueued) lost++
      else queue.push(span)
      if (queue.length >= maxBatch) start()
      else if (sending === undefined) timer ??= clock.timer(delayMs, start)
    },
    async [Symbol.asyncDispose]() {
      await sending
      await sendAll(lastTimeoutMs)
      client.close()
    },
  }
}

const identity = (bytes: Buffer): Buffer => bytes

function send(client: Client, bytes: Buffer, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null) => (error ? reject(error) : resolve())
    client.makeUnaryRequest(exportMethod, identity, identity, bytes, { deadline }, done)
  })
}
