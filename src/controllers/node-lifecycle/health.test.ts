import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Lease, Node } from '#api'
import type { Stored } from '#machinery'
import { nodeWith, nowMs, storedObject } from '../shared/objects-fixture.ts'
import { type Judgement, judge } from './health.ts'

const rules = { monitorGraceMs: 40_000, startupGraceMs: 60_000 }

function lease(renewTime: string): Lease {
  return storedObject('n', { spec: { renewTime } } as Lease)
}

/** The judgement so many seconds after the first look. */
function judgedAt(
  seconds: number,
  node: Stored<Node>,
  seen?: Judgement,
  renewed?: string,
): Judgement {
  const now = { monotonicMs: seconds * 1000, wallMs: nowMs + seconds * 1000, ...rules }
  return judge(node, renewed === undefined ? undefined : lease(renewed), seen?.health, now)
}

const healthy = nodeWith('n', { Ready: 'True', MemoryPressure: 'False', Other: 'False' })
const statuses = ({ conditions }: Judgement) =>
  Object.fromEntries(conditions.map(({ type, status }) => [type, status]))

describe('a node', () => {
  test('is believed until the grace period is over, and then no more', () => {
    const first = judgedAt(0, healthy)
    const patient = judgedAt(39.999, healthy, first)
    assert.equal(patient.changed, false)
    const lost = judgedAt(40, healthy, patient)
    assert.equal(lost.changed, true)
    const ready = lost.conditions.find(({ type }) => type === 'Ready')
    assert.deepEqual(
      [ready?.status, ready?.reason, ready?.message, ready?.lastTransitionTime],
      [
        'Unknown',
        'NodeStatusUnknown',
        'Kubelet stopped posting node status.',
        '2026-01-01T12:00:40Z',
      ],
    )
  })

  test('loses the conditions that a kubelet keeps, and no other', () => {
    const lost = judgedAt(41, healthy, judgedAt(0, healthy))
    assert.deepEqual(statuses(lost), {
      Ready: 'Unknown',
      MemoryPressure: 'Unknown',
      Other: 'False',
      DiskPressure: 'Unknown',
      PIDPressure: 'Unknown',
    })
    const missing = lost.conditions.find(({ type }) => type === 'DiskPressure')
    assert.equal(missing?.reason, 'NodeStatusNeverUpdated')
    assert.equal(missing?.message, 'Kubelet never posted node status.')
    const again = { ...healthy, status: { conditions: lost.conditions } }
    assert.equal(judgedAt(60, again, lost).changed, false, 'told once')
  })

  test('shows life by a later lease, not by one that is read again', () => {
    const first = judgedAt(0, healthy, undefined, '2026-01-01T12:00:00.000000Z')
    const same = judgedAt(30, healthy, first, '2026-01-01T12:00:00.000000Z')
    assert.equal(same.health.probedMs, 0)
    const older = judgedAt(30, healthy, first, '2026-01-01T11:00:00.000000Z')
    assert.equal(older.health.probedMs, 0)
    const later = judgedAt(30, healthy, first, '2026-01-01T12:00:10.000000Z')
    assert.equal(later.health.probedMs, 30_000)
    assert.equal(judgedAt(69, healthy, later).changed, false)
  })

  test('shows life by a heartbeat that changes, whatever its clock says', () => {
    const beat = (lastHeartbeatTime: string) => ({
      ...healthy,
      status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime }] },
    })
    const first = judgedAt(0, beat('2026-01-01T12:00:00Z'))
    const skewed = judgedAt(30, beat('2020-01-01T00:00:00Z'), first)
    assert.equal(skewed.health.probedMs, 30_000)
  })

  test('that never said anything gets the longer grace of a start', () => {
    const silent = nodeWith('n', {})
    const first = judgedAt(0, silent)
    assert.equal(judgedAt(59, silent, first).changed, false)
    assert.equal(judgedAt(61, silent, first).changed, true)
  })
})
