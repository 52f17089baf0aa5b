import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { atOnce, type Random, randomInt, seededRandom } from '#lib'
import { freezeDeep } from '../../meta/encoded.ts'
import type { KubeObject } from '../../meta/object.ts'
import { decodeManagers, encodeManagers } from '../managers/managers.ts'
import { fieldSet } from '../model/field-set.ts'
import { fieldElement, keyElement, memberPath } from '../model/path-element.ts'
import { fixtureType } from '../model/schema-fixture.ts'
import { trackUpdate, updateManagers } from '../track-update.ts'
import { rewriteOf } from './rewrite.ts'

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
  const holdings = { own: fieldSet(imageOf('a')), others: [fieldSet(imageOf('b'))] }
  const after = (next: unknown) => rewriteOf(before, next, type, holdings)
  const withLabels = { ...before, metadata: { labels: { l: '1' } } }

  it('of nothing new changes nothing', () => {
    const same = { own: holdings.own, hasChanged: false, hasGained: false }
    assert.deepEqual(after(structuredClone(before)), same)
  })

  it('of a value that its writer holds leaves it what it held', () => {
    const found = after(pod(container('a', '2'), container('b', '1')))
    assert.equal(found?.own, holdings.own)
    assert.equal(found.hasGained, true)
  })

  it('of a value that nobody holds, or that is new, gives it to the writer', () => {
    const image = pod(container('a', '2'), container('b', '1'))
    const nobody = rewriteOf(before, image, type, { own: fieldSet(), others: [] })
    assert.deepEqual(nobody?.own, fieldSet(imageOf('a')))
    const labels = memberPath('metadata', 'labels')
    const member = [...labels, fieldElement('l')]
    const metadata = memberPath('metadata')
    assert.deepEqual(after(withLabels)?.own, fieldSet(imageOf('a'), metadata, labels, member))
  })

  it('that takes away what its writer holds leaves it the rest', () => {
    const found = after(pod({ name: 'a' }, container('b', '1')))
    assert.deepEqual(found, { own: fieldSet(), hasChanged: true, hasGained: false })
  })

  const others: readonly [what: string, next: unknown][] = [
    ['of a value that somebody else holds', pod(container('a', '1'), container('b', '2'))],
    ['that takes away what somebody else holds', pod(container('a', '1'), { name: 'b' })],
    ['that adds an item', pod(...before.spec.containers, container('c', '1'))],
    ['that takes an item away', pod(container('a', '1'))],
    ['that changes the order', pod(...before.spec.containers.toReversed())],
    ['that puts one thing for another', { spec: { containers: { a: 1 } } }],
  ]
  for (const [what, next] of others) {
    it(`${what} is for others to judge`, () => assert.equal(after(next), undefined))
  }
})

/** Small enough that writers meet, and that many writes repeat what was written. */
function anyPod(random: Random): KubeObject {
  const any = <T>(...values: readonly T[]): T => values[randomInt(random, values.length)] as T
  const containers = any(['a'], ['b'], ['a', 'b'], ['b', 'a'], ['a', 'a'])
  const body = {
    metadata: {
      ...{ name: 'x', uid: 'u', generation: any(1, 1, 2) },
      ...any({}, { labels: { l: any('1', '2') } }),
    },
    spec: {
      containers: containers.map((name) => ({ name, ...any({}, { image: any('1', '2') }) })),
      ...any({}, { nodeSelector: any({}, { n: any('1', '2') }) }),
    },
  }
  return freezeDeep({ apiVersion: 'v1', kind: 'Pod', ...body })
}

it('tracking comes to the same with and without this', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(`rewrite ${seed}`)
    const writer = (now: number) => ({
      ...{ type, apiVersion: 'v1', now },
      manager: `m${randomInt(random, 3)}`,
      resetFields: randomInt(random, 4) === 0 ? fieldSet(memberPath('spec')) : fieldSet(),
    })
    let live = freezeDeep(atOnce(trackUpdate(undefined, anyPod(random), writer(0))))
    for (let round = 1; round < 40; round++) {
      const given = anyPod(random)
      const write = writer(round * 400)
      const held = live.metadata?.managedFields ?? []
      const sentBack = randomInt(random, 2) === 0 ? {} : { managedFields: held }
      const next = freezeDeep({ ...given, metadata: { ...given.metadata, ...sentBack } })
      // What nobody manages is not tracked.
      if (held.length === 0) break
      const compared = { before: { ...live, metadata: bare(live) }, after: given }
      const worked = atOnce(updateManagers(decodeManagers(held), { ...write, ...compared }))
      const tracked = freezeDeep(atOnce(trackUpdate(live, next, write)))
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
