import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetricRegistry } from './registry.ts'
import { readMetrics } from './text-format-fixture.ts'

const about = { help: 'Things.', stability: 'ALPHA' } as const

test('families are written by their names, as Go writes them', () => {
  const registry = createMetricRegistry()
  const gauge = registry.gauge({ ...about, name: 'b', labels: ['z', 'a'] })
  gauge('x"\\\n', '1').set(1_234_567)
  gauge('y', '2').add(-0.5)
  const counter = registry.counter({ name: 'a_total', help: 'One\nline.', stability: 'STABLE' })
  counter().increase()
  counter().increase(2)
  registry.observed({ ...about, name: 'c', type: 'gauge' }, () => [{ value: 1e-8 }])
  assert.equal(
    registry.text(),
    [
      '# HELP a_total [STABLE] One\\nline.',
      '# TYPE a_total counter',
      'a_total 3',
      '# HELP b [ALPHA] Things.',
      '# TYPE b gauge',
      'b{a="1",z="x\\"\\\\\\n"} 1.234567e+06',
      'b{a="2",z="y"} -0.5',
      '# HELP c [ALPHA] Things.',
      '# TYPE c gauge',
      'c 1e-08',
      '',
    ].join('\n'),
  )
})

test('what is written, a strict reader reads', () => {
  const registry = createMetricRegistry()
  const labels = ['l', 'm']
  registry
    .counter({ ...about, name: 'a', labels })('"\\\n,}', '')
    .increase()
  registry
    .gauge({ ...about, name: 'b' })()
    .set(Number.NEGATIVE_INFINITY)
  registry
    .histogram({ ...about, name: 'c', labels, buckets: [1, 2] })('x', 'y')
    .observe(1.5)
  const families = readMetrics(registry.text())
  assert.deepEqual([...families.keys()], ['a', 'b', 'c'])
  assert.equal(families.get('c')?.samples.get('_bucket{l="x",m="y",le="2"}'), 1)
  for (const broken of ['a 1\n', '# HELP a [ALPHA] x\n# TYPE a counter\n', 'a 1']) {
    assert.throws(() => readMetrics(broken))
  }
})

test('a histogram counts what is up to each bound', () => {
  const registry = createMetricRegistry()
  const facts = { ...about, name: 'h', labels: ['l'], buckets: [0.1, 1, 1e6] }
  for (const value of [0.1, 0.2, 1, 5, 1e9]) registry.histogram(facts)('x').observe(value)
  assert.deepEqual(registry.text().split('\n').slice(2), [
    'h_bucket{l="x",le="0.1"} 1',
    'h_bucket{l="x",le="1"} 3',
    'h_bucket{l="x",le="1e+06"} 4',
    'h_bucket{l="x",le="+Inf"} 5',
    'h_sum{l="x"} 1.0000000063e+09',
    'h_count{l="x"} 5',
    '',
  ])
})

test('a family that is asked for again is the same, and one without series is not written', () => {
  const registry = createMetricRegistry()
  const facts = { ...about, name: 'n', labels: ['l'] }
  registry.counter(facts)
  assert.equal(registry.text(), '')
  assert.equal(registry.counter(facts)('x'), registry.counter(facts)('x'))
  registry.counter(facts)('x').increase()
  registry.observed({ ...facts, type: 'counter' }, () => [{ labels: ['y'], value: 2 }])
  assert.deepEqual(registry.text().split('\n').slice(2), ['n{l="x"} 1', 'n{l="y"} 2', ''])
})

test('a long family comes in pieces that are together what it is at once', () => {
  const registry = createMetricRegistry()
  const counter = registry.counter({ name: 'c', help: 'h', stability: 'ALPHA', labels: ['at'] })
  for (let at = 0; at < 1200; at++) counter(`${at}`).increase()
  const pieces = [...registry.pieces()]
  assert.ok(pieces.every((piece) => piece.split('\n').length <= 501))
  assert.equal(pieces.join(''), registry.text())
  assert.equal(registry.text().split('\n').length, 1203)
})
