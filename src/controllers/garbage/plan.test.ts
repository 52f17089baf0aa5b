import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '#machinery'
import { storedObject } from '../shared/objects-fixture.ts'
import { blocks, isAwaiting, isOrphaning, type Judged, judgeDependent, type Owner } from './plan.ts'

function owner(uid: string, kind: Owner['kind']): Judged {
  return { reference: { apiVersion: 'v1', kind: 'Pod', name: uid, uid }, owner: { kind } }
}

function object(metadata: KubeObject['metadata'] = {}) {
  return storedObject('object', { apiVersion: 'v1', kind: 'ConfigMap', metadata })
}

const leaving = (...finalizers: readonly string[]) =>
  object({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers })

describe('a dependent', () => {
  test('without owners, or with solid ones only, stays', () => {
    assert.deepEqual(judgeDependent(object(), [], []), { kind: 'keep' })
    assert.deepEqual(judgeDependent(object(), [owner('a', 'solid'), owner('b', 'solid')], []), {
      kind: 'keep',
    })
  })

  test('that one solid owner keeps forgets the others', () => {
    const owners = [owner('a', 'absent'), owner('b', 'solid'), owner('c', 'waiting')]
    assert.deepEqual(judgeDependent(object(), owners, []), {
      kind: 'drop-references',
      uids: ['a', 'c'],
    })
  })

  const finalizers = [
    [[], 'Background'],
    [['orphan'], 'Orphan'],
    [['foregroundDeletion'], 'Foreground'],
    [['foregroundDeletion', 'orphan'], 'Orphan'],
  ] as const
  for (const [held, propagation] of finalizers) {
    test(`without a solid owner goes as its finalizers [${held}] say`, () => {
      const dependent = object({ finalizers: held })
      assert.deepEqual(judgeDependent(dependent, [owner('a', 'absent')], []), {
        kind: 'delete',
        propagation,
        unblock: false,
      })
    })
  }

  test('of an owner that waits takes its own dependents along in the foreground', () => {
    const verdict = (dependents: readonly ReturnType<typeof object>[]) =>
      judgeDependent(object(), [owner('a', 'waiting')], dependents)
    assert.deepEqual(verdict([]), { kind: 'delete', propagation: 'Background', unblock: false })
    assert.deepEqual(verdict([object()]), {
      kind: 'delete',
      propagation: 'Foreground',
      unblock: false,
    })
    // Two objects that wait for each other would wait for ever.
    assert.deepEqual(verdict([object(), leaving('foregroundDeletion')]), {
      kind: 'delete',
      propagation: 'Foreground',
      unblock: true,
    })
  })
})

test('an object waits for its dependents only while it is being deleted', () => {
  assert.equal(isAwaiting(object({ finalizers: ['foregroundDeletion'] })), false)
  assert.equal(isAwaiting(leaving('foregroundDeletion')), true)
  assert.equal(isAwaiting(leaving('orphan')), false)
  assert.equal(isOrphaning(leaving('orphan')), true)
  assert.equal(isOrphaning(object({ finalizers: ['orphan'] })), false)
  assert.equal(isAwaiting(undefined), false)
})

test('only a reference that says so blocks its owner', () => {
  const reference = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'a' }
  const with_ = (blockOwnerDeletion?: boolean) =>
    object({
      ownerReferences: [
        { ...reference, ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }) },
      ],
    })
  assert.equal(blocks(with_(true), 'a'), true)
  assert.equal(blocks(with_(true), 'b'), false)
  assert.equal(blocks(with_(false), 'a'), false)
  assert.equal(blocks(with_(), 'a'), false)
})
