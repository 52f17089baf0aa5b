import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, randomInt, seededRandom } from '#lib'
import { freezeDeep } from '../encoded.ts'
import type { KubeObject } from '../object.ts'
import { fieldSet } from './field-set.ts'
import { decodeManagers, encodeManagers } from './managers.ts'
import { fieldElement, keyElement, memberPath } from './path-element.ts'
import { type Rewrite, rewriteOf } from './rewrite.ts'
import { fixtureType } from './schema-fixture.ts'
import { trackUpdate, updateManagers } from './track-update.ts'

const type = fixtureType('Pod')
const container = (name: string, image: string) => ({ name, image })
const pod = (...containers: readonly unknown[]) => ({ spec: { containers } })
const imageOf = (name: string) => [
  ...memberPath('spec', 'containers'),
  keyElement([['name', name]]),
  fieldElement('image'),
]

describe('a write', () => {
  const before = pod(container('a', '1'), container('b', '1'))
  const cases: readonly [what: string, after: unknown, want: Rewrite][] = [
    ['of nothing new', structuredClone(before), 'same'],
    ['of a value that its writer holds', pod(container('a', '2'), container('b', '1')), 'own'],
    ['of one that its writer does not hold', pod(container('a', '1'), container('b', '2')), 'more'],
    ['that adds an item', pod(...before.spec.containers, container('c', '1')), 'more'],
    ['that takes one away', pod(container('a', '1')), 'more'],
    ['that changes the order', pod(...before.spec.containers.toReversed()), 'more'],
    ['that takes a field away', pod({ name: 'a' }, container('b', '1')), 'more'],
    ['that puts one thing for another', { spec: { containers: { a: 1 } } }, 'more'],
  ]
  for (const [what, after, want] of cases) {
    it(`${what} is ${want}`, () => {
      const holdings = { own: fieldSet(imageOf('a')), others: [fieldSet(imageOf('b'))] }
      assert.equal(rewriteOf(before, after, type, holdings), want)
    })
  }

  it('of a value that somebody else holds, too, is more', () => {
    const holdings = { own: fieldSet(imageOf('a')), others: [fieldSet(imageOf('a'))] }
    const after = pod(container('a', '2'), container('b', '1'))
    assert.equal(rewriteOf(before, after, type, holdings), 'more')
  })
})

/** Small enough that writers meet, and that many writes repeat what was written. */
function anyPod(random: Random): KubeObject {
  const any = <T>(...values: readonly T[]): T => values[randomInt(random, values.length)] as T
  const containers = any(['a'], ['b'], ['a', 'b'], ['b', 'a'], ['a', 'a'])
  const body = {
    metadata: { name: 'x', uid: 'u', ...any({}, { labels: { l: any('1', '2') } }) },
    spec: {
      containers: containers.map((name) => ({ name, ...any({}, { image: any('1', '2') }) })),
      ...any({}, { nodeSelector: any({}, { n: any('1', '2') }) }),
    },
  }
  return freezeDeep({ apiVersion: 'v1', kind: 'Pod', ...body })
}

it('tracking comes to the same with and without this', () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(`rewrite ${seed}`)
    const writer = (now: number) => ({
      ...{ type, apiVersion: 'v1', now },
      manager: `m${randomInt(random, 3)}`,
      resetFields: randomInt(random, 4) === 0 ? fieldSet(memberPath('spec')) : fieldSet(),
    })
    let live = freezeDeep(trackUpdate(undefined, anyPod(random), writer(0)))
    for (let round = 1; round < 40; round++) {
      const next = anyPod(random)
      const write = writer(round * 400)
      const held = live.metadata?.managedFields ?? []
      // What nobody manages is not tracked.
      if (held.length === 0) break
      const compared = { before: { ...live, metadata: bare(live) }, after: next }
      const worked = updateManagers(decodeManagers(held), { ...write, ...compared })
      const tracked = freezeDeep(trackUpdate(live, next, write))
      const entries = tracked.metadata?.managedFields ?? []
      assert.deepEqual(entries, encodeManagers(worked, held), `seed ${seed}`)
      live = tracked
    }
  }
})

function bare({ metadata = {} }: KubeObject) {
  const { managedFields: _, ...rest } = metadata
  return rest
}
