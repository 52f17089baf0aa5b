import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DrillReport } from '../../model/report.ts'
import type { DrillTimeline } from '../../model/timeline.ts'
import { report as sampleReport } from '../report-fixture.ts'
import { drawDrillTimeline } from './draw-timeline.ts'
import { terminalReport } from './terminal.ts'

const report: DrillReport = sampleReport

/** Before a colour in a text for a terminal. */
const csi = '\u001b'

/** Commands are to be copied: they are not broken. */
function prose(text: string): readonly string[] {
  return text.split('\n').filter((line) => !/kubectl|knarr/.test(line))
}

for (const width of [60, 100]) {
  test(`no line of a report is wider than ${width} columns but a command to be copied`, () => {
    const lines = prose(terminalReport(report, { width }))
    assert.ok(
      lines.every((line) => line.length <= width),
      lines.join('\n'),
    )
  })
}

test('colours are there when they are asked for, and change no letter', () => {
  const plain = terminalReport(report)
  const coloured = terminalReport(report, { isColoured: true })
  assert.ok(!plain.includes(csi))
  assert.ok(coloured.includes(`${csi}[31mfails`))
  const parts = coloured
    .split(csi)
    .map((part, index) => (index ? part.replace(/^\[\d+m/, '') : part))
  assert.equal(parts.join(''), plain)
})

test('a timeline has a line for each fault, Service, pod and node', () => {
  const span = { isReady: true, endpoint: 'ready' } as const
  const timeline: DrillTimeline = {
    fromMs: -10_000,
    toMs: 30_000,
    zero: '2026-01-01T00:00:00.000Z',
    faults: [{ fromMs: 0, toMs: 10_000, text: 'node-1 crashes', target: 'node-1' }],
    services: [
      {
        service: 'default/web:80',
        bucketMs: 10_000,
        buckets: [
          { fromMs: -10_000, answered: 10, lost: 0, lostBy: [] },
          { fromMs: 0, answered: 5, lost: 5, lostBy: [] },
          { fromMs: 10_000, answered: 10, lost: 0, lostBy: [] },
        ],
      },
    ],
    pods: [
      {
        pod: 'default/web-1',
        spans: [
          { fromMs: -10_000, toMs: 0, phase: 'Running', ...span },
          { fromMs: 0, toMs: 10_000, phase: 'Running', isReady: false, endpoint: 'notReady' },
          { fromMs: 10_000, toMs: 20_000, phase: 'Terminating', ...span },
        ],
        marks: [],
      },
    ],
    nodes: [
      {
        node: 'node-1',
        spans: [
          { fromMs: -10_000, toMs: 10_000, ready: 'True', isCordoned: false },
          { fromMs: 10_000, toMs: 30_000, ready: 'Unknown', isCordoned: false },
        ],
      },
    ],
  }
  const [, ...rows] = drawDrillTimeline(timeline, 56)
  assert.deepEqual(rows.slice(0, 4), [
    'node-1 crashes            !!!!!!!!!!',
    'default/web:80  ..........xxxxxxxxxx..........',
    'default/web-1   ==========----------tttttttttt',
    'node-1          ====================????????????????????',
  ])
})
