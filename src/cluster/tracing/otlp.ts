import protobuf from 'protobufjs/light.js'
import type { FinishedSpan } from '#apiserver'

/**
 * The part of OTLP (opentelemetry.proto.trace.v1 and what it needs) that a sender of traces has to write, by
 * the published field numbers.
 */
const field = (id: number, type: string) => ({ id, type })
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' })

const descriptor: protobuf.INamespace = {
  nested: {
    AnyValue: {
      // Which one is there says what type the value has: none may be left out for being zero.
      oneofs: { value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] } },
      fields: {
        stringValue: field(1, 'string'),
        boolValue: field(2, 'bool'),
        intValue: field(3, 'int64'),
        doubleValue: field(4, 'double'),
      },
    },
    KeyValue: { fields: { key: field(1, 'string'), value: field(2, 'AnyValue') } },
    Resource: { fields: { attributes: list(1, 'KeyValue') } },
    Scope: { fields: { name: field(1, 'string'), version: field(2, 'string') } },
    Event: {
      fields: {
        timeUnixNano: field(1, 'fixed64'),
        name: field(2, 'string'),
        attributes: list(3, 'KeyValue'),
      },
    },
    Link: {
      fields: {
        traceId: field(1, 'bytes'),
        spanId: field(2, 'bytes'),
        traceState: field(3, 'string'),
        flags: field(6, 'fixed32'),
      },
    },
    Status: { fields: { message: field(2, 'string'), code: field(3, 'int32') } },
    Span: {
      fields: {
        traceId: field(1, 'bytes'),
        spanId: field(2, 'bytes'),
        traceState: field(3, 'string'),
        parentSpanId: field(4, 'bytes'),
        name: field(5, 'string'),
        kind: field(6, 'int32'),
        startTimeUnixNano: field(7, 'fixed64'),
        endTimeUnixNano: field(8, 'fixed64'),
        attributes: list(9, 'KeyValue'),
        events: list(11, 'Event'),
        links: list(13, 'Link'),
        status: field(15, 'Status'),
        flags: field(16, 'fixed32'),
      },
    },
    ScopeSpans: { fields: { scope: field(1, 'Scope'), spans: list(2, 'Span') } },
    ResourceSpans: {
      fields: { resource: field(1, 'Resource'), scopeSpans: list(2, 'ScopeSpans') },
    },
    ExportTraceServiceRequest: { fields: { resourceSpans: list(1, 'ResourceSpans') } },
  },
}

/** What brings spans to a collector. */
export const exportRequest = protobuf.Root.fromJSON(descriptor).lookupType(
  'ExportTraceServiceRequest',
)

/** The method of a collector that takes traces. */
export const exportMethod = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

/** Who has done what is traced. */
export interface TracedService {
  readonly name: string
  readonly instanceId: string
  readonly version: string
}

/** The content of such a request. */
export function spansMessage(spans: readonly FinishedSpan[], service: TracedService): object {
  const { name, instanceId, version } = service
  const resource = { 'service.name': name, 'service.instance.id': instanceId }
  const scope = { name: 'knarr', version }
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope, spans: spans.map(spanMessage) }],
      },
    ],
  }
}

const kinds = { internal: 1, server: 2, client: 3 } as const
const errorCode = 2

function spanMessage(span: FinishedSpan): object {
  const { context, parentSpanId, name, kind, startMs, endMs, attributes, events, links, error } =
    span
  return {
    ...idsOf(context),
    ...(parentSpanId !== undefined && { parentSpanId: Buffer.from(parentSpanId, 'hex') }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanosOf(startMs),
    endTimeUnixNano: nanosOf(endMs),
    attributes: keyValues(attributes),
    events: events.map((event) => ({
      name: event.name,
      timeUnixNano: nanosOf(event.atMs),
      attributes: keyValues(event.attributes),
    })),
    links: links.map(idsOf),
    ...(error !== undefined && { status: { code: errorCode, message: error } }),
  }
}

function idsOf({ traceId, spanId, traceState, isSampled }: FinishedSpan['context']) {
  return {
    traceId: Buffer.from(traceId, 'hex'),
    spanId: Buffer.from(spanId, 'hex'),
    ...(traceState !== '' && { traceState }),
    flags: isSampled ? 1 : 0,
  }
}

/** A number has digits for a quarter of a microsecond at this distance from the epoch. */
function nanosOf(ms: number): number {
  return Math.round(ms * 1e6)
}

function keyValues(attributes: FinishedSpan['attributes']): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: value }
}
