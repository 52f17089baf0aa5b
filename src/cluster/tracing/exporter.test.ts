import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { FinishedSpan } from '#apiserver'
import { createVirtualClock, seededRandom, silentLogger, systemClock } from '#lib'
import { startCollector } from './collector-fixture.ts'
import { createSpanExporter } from './exporter.ts'
import { openTracing } from './open-tracing.ts'

const span = (name: string, more: Partial<FinishedSpan> = {}): FinishedSpan => ({
  context: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), isSampled: true, traceState: 'a=b' },
  ...{ name, kind: 'server', attributes: {}, events: [], links: [] },
  ...{ startMs: 1_767_225_600_000, endMs: 1_767_225_600_000.5 },
  ...more,
})

const service = { name: 'apiserver', instanceId: 'one', version: '1' }

describe('traces on their way to a collector', () => {
  test('arrive whole when they are flushed', async () => {
    await using collector = await startCollector()
    {
      await using exporter = createSpanExporter({
        ...service,
        endpoint: collector.endpoint,
        ...{ clock: systemClock, log: silentLogger },
      })
      exporter.take(
        span('GET', {
          parentSpanId: 'ef'.repeat(8),
          attributes: { a: 'b', zero: 0, half: 0.5, no: false },
          events: [{ name: 'step', atMs: 1_767_225_600_000.25, attributes: { len: 3 } }],
          error: 'broken',
        }),
      )
    }
    const [{ resource, scopeSpans }] = collector.messages[0].resourceSpans
    assert.deepEqual(resource.attributes, [
      { key: 'service.name', value: { stringValue: 'apiserver' } },
      { key: 'service.instance.id', value: { stringValue: 'one' } },
    ])
    assert.deepEqual(scopeSpans[0].scope, { name: 'knarr', version: '1' })
    const [{ traceId, spanId, parentSpanId, ...sent }] = scopeSpans[0].spans
    // A number has digits for a quarter of a microsecond.
    const rest = JSON.parse(JSON.stringify(sent), (name, value) =>
      name.endsWith('UnixNano') ? Math.round(Number(value) / 1000) : value,
    )
    assert.deepEqual(
      [traceId, spanId, parentSpanId].map((id) => Buffer.from(id).toString('hex')),
      ['ab'.repeat(16), 'cd'.repeat(8), 'ef'.repeat(8)],
    )
    assert.deepEqual(rest, {
      traceState: 'a=b',
      name: 'GET',
      kind: 2,
      startTimeUnixNano: 1_767_225_600_000_000,
      endTimeUnixNano: 1_767_225_600_000_500,
      attributes: [
        { key: 'a', value: { stringValue: 'b' } },
        { key: 'zero', value: { intValue: '0' } },
        { key: 'half', value: { doubleValue: 0.5 } },
        { key: 'no', value: { boolValue: false } },
      ],
      events: [
        {
          timeUnixNano: 1_767_225_600_000_250,
          name: 'step',
          attributes: [{ key: 'len', value: { intValue: '3' } }],
        },
      ],
      status: { message: 'broken', code: 2 },
      flags: 1,
    })
  })

  test('wait a while for each other, and are lost beyond a bound', async () => {
    await using collector = await startCollector()
    const noted: unknown[] = []
    const log = { ...silentLogger, warn: (_: string, fields?: object) => noted.push(fields) }
    const clock = createVirtualClock({ startWallMs: systemClock.wallMs() })
    const { endpoint } = collector
    {
      await using exporter = createSpanExporter({ ...service, endpoint, clock, log })
      exporter.take(span('early'))
      assert.equal(collector.messages.length, 0)
      // The first batches are under way while the queue fills up.
      for (let i = 0; i < 3_000; i++) exporter.take(span(`${i}`))
    }
    const sizes = collector.messages.map(
      ({ resourceSpans }) => resourceSpans[0].scopeSpans[0].spans.length,
    )
    assert.deepEqual(sizes, [512, 512, 512, 512, 512])
    assert.deepEqual(noted, [{ endpoint, spans: 3_001 - 5 * 512, error: 'the queue is full' }])
  })

  test('are lost while the collector is away, which is told', async () => {
    const noted: unknown[] = []
    const log = { ...silentLogger, warn: (text: string) => noted.push(text) }
    const gone = await startCollector()
    const port = Number(gone.endpoint.split(':')[1])
    await gone[Symbol.asyncDispose]()
    const lost = { ...service, endpoint: `127.0.0.1:${port}`, clock: systemClock, log }
    {
      await using exporter = createSpanExporter(lost)
      for (let i = 0; i < 2_000; i++) exporter.take(span('a'))
    }
    assert.deepEqual(noted, ['traces are lost'], 'once for all batches')
  })
})

test('a file says where traces go; without one nothing is traced', async () => {
  const world = { clock: systemClock, random: seededRandom(1), log: silentLogger }
  await using none = await openTracing(undefined, world)
  assert.equal(none.tracing, undefined)
  await assert.rejects(openTracing('/no/such', world), { code: 'NoSuchFile' })
  await using collector = await startCollector()
  const directory = mkdtempSync(join(tmpdir(), 'knarr-traces-'))
  try {
    const file = join(directory, 'tracing.yaml')
    const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n'
    writeFileSync(file, `${head}endpoint: ${collector.endpoint}\nsamplingRatePerMillion: 5\n`)
    {
      await using traces = await openTracing(file, world)
      assert.equal(traces.tracing?.samplingRatePerMillion, 5)
      traces.tracing?.take(span('one'))
    }
    assert.equal(collector.messages.length, 1)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
