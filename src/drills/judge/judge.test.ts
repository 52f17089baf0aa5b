import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CountedRequests } from '../run/drill.ts'
import type { DrillObservation, ObservedRequest } from '../run/observation.ts'
import { distributionOf, figuresByService, figuresOf } from './figures.ts'
import { lossCauseOf } from './loss-causes.ts'
import { durationText, missText } from './sentence.ts'
import { compareRuns, missedBy, verdictOf, worstMisses, worstVerdict } from './verdict.ts'

/** A request to `default/web:80` that was answered by a Ready pod, unless told otherwise. */
function request(atMs: number, more: Partial<ObservedRequest> = {}): ObservedRequest {
  return {
    service: 'default/web:80',
    atMs,
    tookMs: 10,
    end: 'answered',
    status: 200,
    sentTo: { pod: 'default/web-1', state: 'ready' },
    isKeptAlive: false,
    ...more,
  }
}

const refused = { end: 'refused', status: undefined, sentTo: undefined, tookMs: 0 } as const
const reset = { end: 'reset', status: undefined } as const

function observed(
  requests: readonly ObservedRequest[],
  more: Partial<DrillObservation> = {},
): DrillObservation {
  return {
    requests,
    readiness: [{ atMs: 0, isReady: true }],
    restarts: 0,
    unfinished: [],
    faults: [],
    zeroWallMs: 0,
    fromMs: -2000,
    toMs: 10_000,
    ...more,
  }
}

describe('figures', () => {
  test('a request counts when it ended after the disturbance, whenever it was sent', () => {
    const requests = [request(-500), request(-5, { tookMs: 20 }), request(100)]
    assert.equal(figuresOf(observed(requests)).sent, 2)
  })

  test('an answer of 500 and above is a loss, one of 404 is none', () => {
    const figures = figuresOf(observed([request(0, { status: 503 }), request(1, { status: 404 })]))
    assert.deepEqual(figures.lostBy, [{ reason: 'status', target: 'ready', count: 1 }])
    assert.equal(figures.answered, 1)
  })

  test('a gap reaches from the first request that was lost to the next answer', () => {
    const requests = [request(0), request(100, refused), request(200, refused), request(900)]
    assert.equal(figuresOf(observed(requests)).longestGapMs, 810)
  })

  test('a gap that has no end reaches to the last request', () => {
    const requests = [request(0), request(100, refused), request(5000, refused)]
    assert.equal(figuresOf(observed(requests)).longestGapMs, 4900)
  })

  test('a gap is one Service’s: answers of another do not end it', () => {
    const other = { service: 'default/api:80' }
    const requests = [request(0, refused), request(400, other), request(800)]
    assert.equal(figuresOf(observed(requests)).longestGapMs, 810)
    assert.deepEqual(
      figuresByService(observed(requests)).map(({ service, lost }) => [service, lost]),
      [
        ['default/web:80', 1],
        ['default/api:80', 0],
      ],
    )
  })

  test('losses between answers make the gap that they make, and no more', () => {
    const requests = [request(0), request(50, refused), request(60), request(90, refused)]
    assert.equal(figuresOf(observed([...requests, request(95)])).longestGapMs, 20)
  })

  const counting: readonly (readonly [CountedRequests, number])[] = [
    ['all', 4],
    ['onceStarted', 3],
    ['underWay', 1],
  ]
  for (const [counts, lost] of counting) {
    test(`of requests before and after the first answer ${lost} are lost when '${counts}' count`, () => {
      const requests = [
        request(0, refused),
        request(10, { ...refused, sentTo: { pod: 'default/web-1', state: 'ready' } }),
        request(20),
        request(100, refused),
        request(110, reset),
      ]
      assert.equal(figuresOf(observed(requests), counts).lost, lost)
    })
  }

  test('what never answers is lost once all has been Ready for a while', () => {
    const readiness = [{ atMs: 100, isReady: true }]
    const requests = [request(50, refused), request(200, refused), request(4000, refused)]
    assert.equal(figuresOf(observed(requests, { readiness }), 'onceStarted').lost, 1)
  })

  test('Ready again is when it was so for good; null when it was not', () => {
    const again = [
      { atMs: -1000, isReady: true },
      { atMs: 50, isReady: false },
      { atMs: 350, isReady: true },
    ]
    const after = (readiness: DrillObservation['readiness']) =>
      figuresOf(observed([], { readiness })).readyAfterMs
    assert.equal(after(again), 350)
    assert.equal(after(again.slice(0, 1)), 0)
    assert.equal(after(again.slice(0, 2)), null)
    assert.equal(figuresOf(observed([], { neverReady: ['deployment/web'] })).readyAfterMs, null)
  })

  test('never is above every number when figures are spread out', () => {
    const run = (seed: number, readyAfterMs: number | null) => ({
      seed,
      case: 'a',
      isMissed: false,
      virtualMs: 1000,
      figures: { ...figuresOf(observed([])), readyAfterMs },
    })
    const runs = [run(1, null), run(2, 10), run(3, 30), run(4, 20)]
    const { readyAfterMs, virtualMs } = distributionOf(runs)
    assert.equal(virtualMs, 4000)
    assert.deepEqual(readyAfterMs, { least: 10, median: 20, p90: null, most: null })
  })
})

describe('a verdict', () => {
  const figures = figuresOf(observed([request(0, refused), request(200)]))

  test('names every objective that is missed, with what was measured', () => {
    assert.deepEqual(missedBy(figures, { maxLost: 1, maxGapMs: 210 }), [])
    assert.deepEqual(missedBy(figures, { maxLost: 0, maxGapMs: 100, maxRestarts: 0 }), [
      { objective: 'maxLost', allowed: 0, measured: 1 },
      { objective: 'maxGapMs', allowed: 100, measured: 210 },
    ])
    const never = { ...figures, readyAfterMs: null }
    assert.deepEqual(missedBy(never, { readyWithinMs: 1e9 }), [
      { objective: 'readyWithinMs', allowed: 1e9, measured: null },
    ])
  })

  test('of several misses the worst is reported, and never is the worst', () => {
    const miss = (measured: number | null) => ({
      objective: 'readyWithinMs' as const,
      allowed: 10,
      measured,
    })
    assert.deepEqual(worstMisses([miss(20), miss(90), miss(30)]), [miss(90)])
    assert.deepEqual(worstMisses([miss(20), miss(null), miss(30)]), [miss(null)])
  })

  const table = [
    [10, 0, 'pass'],
    [10, 4, 'at-risk'],
    [10, 5, 'fails'],
    [1, 1, 'fails'],
  ] as const
  for (const [runs, missed, verdict] of table) {
    test(`is ${verdict} when ${missed} of ${runs} runs miss`, () => {
      assert.equal(verdictOf(runs, missed), verdict)
    })
  }

  test('is the worst of several', () => {
    assert.equal(worstVerdict(['pass', 'at-risk', 'skipped']), 'at-risk')
    assert.equal(worstVerdict(['skipped']), 'skipped')
  })

  test('puts a run that misses before one that lost more', () => {
    const lost = { figures: { ...figures, lost: 100 }, isMissed: false }
    const missed = { figures, isMissed: true }
    assert.deepEqual([lost, missed].toSorted(compareRuns), [missed, lost])
  })
})

describe('the cause of a loss', () => {
  const faults = [{ fromMs: 0, toMs: 5000, text: 'node-2 crashes', target: 'node-2' }]
  const pod = { pod: 'default/web-1', workload: 'deployment/web', node: 'node-2', samples: [] }
  const on = (node: string | undefined) => (node === undefined ? undefined : { ...pod, node })
  const stopped = { pod: 'default/web-1', state: 'stopped' } as const
  const timeout = { end: 'timeout', status: undefined, tookMs: 5000 } as const
  const table: readonly (readonly [
    id: string,
    node: string | undefined,
    more: Partial<ObservedRequest>,
  ])[] = [
    ['no-endpoint', undefined, refused],
    ['stale-endpoint', undefined, { ...refused, end: 'noRoute', atMs: 9000 }],
    ['no-name', undefined, { ...refused, end: 'unknownHost' }],
    ['lost-node', 'node-2', timeout],
    ['lost-node', undefined, { ...timeout, sentTo: undefined }],
    ['hangs', 'node-1', timeout],
    ['sent-after-sigterm', 'node-1', { ...refused, sentTo: stopped }],
    ['cut-off', 'node-1', { ...reset, sentTo: stopped }],
    ['crashed', 'node-1', reset],
    ['answered-5xx', 'node-1', { status: 503 }],
    ['no-readiness-probe', 'node-1', { ...refused, sentTo: { ...stopped, state: 'ready' } }],
  ]
  for (const [id, node, more] of table) {
    test(`is ${id} for ${JSON.stringify(more)} sent to ${node ?? 'no pod'}`, () => {
      const context = { observation: { faults, zeroWallMs: 0 }, pod: on(node), workload: undefined }
      assert.equal(lossCauseOf(request(100, more), context).id, id)
    })
  }
})

test('durations are written as people do', () => {
  const texts = [0, 350, 1500, 59_940, 60_000, 351_600, null].map(durationText)
  assert.deepEqual(texts, ['0 ms', '350 ms', '1.5 s', '59.9 s', '1 min', '5 min 52 s', 'never'])
  const miss = { objective: 'readyWithinMs', allowed: 60_000, measured: null } as const
  assert.equal(missText(miss), 'not Ready again, 1 min allowed')
})
