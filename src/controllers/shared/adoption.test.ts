import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pods, replicaSets } from '#api'
import { controllerReference, type Stored } from '#machinery'
import { selectorFromMap } from '#machinery/selectors'
import { invalid } from '#machinery/status'
import { candidatesFor, claim, controllerIndex, controllerIndexValues } from './adoption.ts'
import { settleClaims, untilLeaving, untilObserved } from './claims.ts'
import { type ControllerFixture, worldWith } from './loop-fixture.ts'
import { namesOf, podWith, secondsAgo, storedObject } from './objects-fixture.ts'

const owner = storedObject('web', {})
const other = storedObject('other', {})
const selector = selectorFromMap({ app: 'web' })

interface Traits {
  readonly by?: Stored
  readonly app?: string
  readonly leaving?: boolean
}

function pod(name: string, { by, app = 'web', leaving = false }: Traits = {}) {
  const ownerReferences = by ? [controllerReference(by, replicaSets)] : []
  return podWith(name, {
    metadata: {
      labels: { app },
      ownerReferences,
      ...(leaving ? { deletionTimestamp: secondsAgo(1) } : {}),
    },
  })
}

function claims(traits: Traits, by: Stored = owner) {
  const { owned, adopt, release } = claim(by, selector, [pod('p', traits)])
  return [owned.length, adopt.length, release.length]
}

describe('a pod', () => {
  const leaving = storedObject('web', { metadata: { deletionTimestamp: secondsAgo(1) } })
  const cases: readonly (readonly [string, Traits, Stored, readonly number[]])[] = [
    // owned, adopted, released
    ['of the owner that matches is its own', { by: owner }, owner, [1, 0, 0]],
    ['that leaves is still its own', { by: owner, leaving: true }, owner, [1, 0, 0]],
    ['that matches no more is released', { by: owner, app: 'x' }, owner, [0, 0, 1]],
    ['that leaves is not released', { by: owner, app: 'x', leaving: true }, owner, [0, 0, 0]],
    ['that matches and belongs to nobody is adopted', {}, owner, [0, 1, 0]],
    ['that belongs to nobody and leaves is not', { leaving: true }, owner, [0, 0, 0]],
    ['that belongs to nobody and does not match is not', { app: 'x' }, owner, [0, 0, 0]],
    ['of somebody else is left alone', { by: other }, owner, [0, 0, 0]],
    ['is not adopted by an owner that leaves', {}, leaving, [0, 0, 0]],
    ['is not released by an owner that leaves', { by: owner, app: 'x' }, leaving, [0, 0, 0]],
    ['stays with an owner that leaves', { by: owner }, leaving, [1, 0, 0]],
  ]
  for (const [name, traits, by, expected] of cases) {
    test(name, () => assert.deepEqual(claims(traits, by), expected))
  }

  test('of a namesake made earlier is not its own', () => {
    const earlier = storedObject('web', { metadata: { uid: 'earlier' } })
    assert.deepEqual(claims({ by: earlier }), [0, 0, 0])
  })
})

test('candidates are the own pods and the orphans of the namespace', async () => {
  const away = storedObject('away', {
    metadata: { namespace: 'elsewhere', labels: { app: 'web' } },
  })
  const existing = [pod('b', { by: owner }), pod('a'), pod('c', { by: other }), away]
  const world = worldWith(existing.map((each) => [pods, each]))
  const lister = world.informers.informer(pods, {
    indexes: { [controllerIndex]: controllerIndexValues },
  })
  await world.clock.settle()
  assert.deepEqual(namesOf(candidatesFor(owner, lister)), ['b', 'a'])
})

describe('claims are settled', () => {
  const settle = (world: ControllerFixture, ...existing: readonly ReturnType<typeof pod>[]) =>
    settleClaims(world.client, pods, { owner, kind: replicaSets }, claim(owner, selector, existing))

  test('by patches that hold for the very pod only, all pods told in the order of names', async () => {
    const existing = [pod('b', { by: owner }), pod('c', { by: owner, app: 'x' }), pod('a')]
    const world = worldWith(existing.map((each) => [pods, each]))
    assert.deepEqual(namesOf(await settle(world, ...existing)), ['a', 'b'])
    assert.deepEqual(world.writes, [
      {
        what: 'patch pods ns/a',
        sent: {
          metadata: { uid: 'uid-a', ownerReferences: [controllerReference(owner, replicaSets)] },
        },
      },
      {
        what: 'patch pods ns/c',
        sent: {
          metadata: { uid: 'uid-c', ownerReferences: [{ $patch: 'delete', uid: 'uid-web' }] },
        },
      },
    ])
  })

  test('without those that are gone, or are others now', async () => {
    const world = worldWith([[pods, pod('b')]])
    assert.deepEqual(await settle(world, pod('a')), [])
    world.refuse(invalid(pods, 'b', []))
    assert.deepEqual(await settle(world, pod('b')), [])
    world.refuse(new Error('the server is gone'))
    await assert.rejects(settle(world, pod('b')), /the server is gone/)
  })
})

describe('what was written is waited for', () => {
  async function waiting(wait: (world: ControllerFixture) => Promise<void>) {
    const world = worldWith([[pods, pod('a')]])
    world.informers.informer(pods)
    await world.clock.settle()
    const seen = { isOver: false }
    void wait(world).then(() => {
      seen.isOver = true
    })
    await world.clock.settle()
    return { ...world, seen }
  }
  const cached = ({ informers }: ControllerFixture) => informers.informer(pods)

  test('until the cache is as new', async () => {
    const written = { ...pod('a'), metadata: { ...pod('a').metadata, resourceVersion: '3' } }
    const world = await waiting((of) => untilObserved(cached(of), written, of.context))
    assert.equal(world.seen.isOver, false)
    world.put(pods, pod('b'))
    await world.clock.settle()
    assert.equal(world.seen.isOver, true)
  })

  test('until what was deleted is gone, or leaves', async () => {
    const wait = (of: ControllerFixture) => untilLeaving(cached(of), pod('a'), of.context)
    for (const change of [
      (world: ControllerFixture) => world.remove(pods, 'ns/a'),
      (world: ControllerFixture) => world.put(pods, pod('a', { leaving: true })),
    ]) {
      const world = await waiting(wait)
      world.put(pods, pod('b'))
      await world.clock.settle()
      assert.equal(world.seen.isOver, false)
      change(world)
      await world.clock.settle()
      assert.equal(world.seen.isOver, true)
    }
  })

  test('for five minutes at most, as expectations are upstream', async () => {
    const world = await waiting((of) => untilLeaving(cached(of), pod('a'), of.context))
    await world.clock.advance(299_999)
    assert.equal(world.seen.isOver, false)
    await world.clock.advance(1)
    assert.equal(world.seen.isOver, true)
  })
})
