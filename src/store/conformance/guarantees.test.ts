import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Commit } from '../contract/store.ts'
import { type Guarantee, watchViolations } from './guarantees.ts'
import { createModel } from './model.ts'

const blob = (text: string) => ({ bytes: new TextEncoder().encode(text) })

/** Commits 2 to 6; those at 3 and 5 touch two keys under a/, the one at 4 none. */
function truth(): readonly Commit[] {
  const model = createModel(1)
  const put = (...keys: string[]) =>
    model.commit(
      [],
      keys.map((key) => ({ kind: 'put', key, value: blob(`${key}@${model.revision + 1}`) })),
    )
  put('a/1')
  put('a/1', 'a/2')
  put('b/1')
  put('a/1', 'a/2', 'b/1')
  model.commit([], [{ kind: 'delete', key: 'a/1' }])
  return model.commits
}

const all = truth()
const [two, three, , whole, six] = all as [Commit, Commit, Commit, Commit, Commit]
const five = { ...whole, changes: whole.changes.slice(0, 2) }
const marker = (revision: number): Commit => ({ revision, changes: [] })
const half = { ...three, changes: three.changes.slice(0, 1) }
const otherHalf = { ...three, changes: three.changes.slice(1) }
const altered = { ...six, changes: six.changes.map(({ key }) => ({ key })) }

describe('the checker of watches', () => {
  const right: readonly (readonly [string, readonly Commit[]])[] = [
    ['everything', [two, three, five, six]],
    ['what there was so far', [two, three]],
    ['nothing yet', []],
    ['markers that keep their word', [two, marker(2), three, marker(4), five, six, marker(6)]],
  ]
  for (const [name, received] of right) {
    test(`accepts ${name}`, () => {
      assert.deepEqual(watchViolations(all, { prefix: 'a/', after: 1, received }), [])
    })
  }

  const wrong: readonly (readonly [string, Guarantee, readonly Commit[], number?])[] = [
    ['a later commit first', 'Ordered', [three, two]],
    ['a marker that goes back', 'Ordered', [two, three, marker(3), marker(2)]],
    ['a commit twice in a row', 'Unique', [two, two, three]],
    ['a commit again after others', 'Unique', [two, three, two]],
    ['half a commit', 'Atomic', [two, half]],
    ['a commit in two halves', 'Atomic', [two, half, otherHalf]],
    ['changes from outside the prefix', 'Atomic', [two, three, whole]],
    ['a commit without its values', 'Atomic', [two, three, five, altered]],
    ['a commit that never was', 'Atomic', [two, { ...three, revision: 4 }]],
    ['a gap', 'Reliable', [two, five]],
    ['a gap at the start', 'Reliable', [three, five]],
    ['a gap hidden by a marker', 'Reliable', [two, marker(4)]],
    ['a start too early', 'Resumable', [two, three], 2],
    ['a marker before its commits', 'Bookmarkable', [two, marker(3), three]],
    ['a marker from the future', 'Bookmarkable', [two, three, five, six, marker(7)]],
  ]
  for (const [name, guarantee, received, after = 1] of wrong) {
    test(`rejects ${name} as not ${guarantee}`, () => {
      const found = watchViolations(all, { prefix: 'a/', after, received })
      assert.ok(
        found.some((violation) => violation.guarantee === guarantee),
        JSON.stringify(found),
      )
    })
  }
})
