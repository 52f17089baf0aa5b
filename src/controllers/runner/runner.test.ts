import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, createInformerFactory, type WatchEvent } from '#client'
import {
  type Channel,
  createChannel,
  createVirtualClock,
  seededRandom,
  silentLogger,
  TerminalError,
} from '#lib'
import { type Cause, type KubeObject, keyOf, type ResourceRef, type Stored } from '#machinery'
import { type ControllerLoop, watching } from './controller.ts'
import { maxReconciles, windowMs } from './pace.ts'
import { runControllers } from './runner.ts'

const things: ResourceRef = {
  group: '',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
}

type Reconcile = () => ReturnType<ControllerLoop['reconcile']>

/** One controller over one watch that the test feeds; `looks` tells when which key was reconciled. */
async function running(reconcile: Reconcile = async () => undefined, workers = 2) {
  const clock = createVirtualClock()
  const random = seededRandom(1)
  const stop = new AbortController()
  const causes: Cause[] = []
  let events: Channel<WatchEvent<KubeObject>> | undefined
  const reader = {
    list: async () => ({ resourceVersion: '1', items: [] }),
    watch: (_: unknown, __: unknown, signal: AbortSignal) => {
      events = createChannel(1000, { signal })
      return events
    },
  }
  const because = (cause: Cause, written?: (object: Stored) => void) => {
    causes.push(cause)
    report = () => {
      const object = change('a')
      written?.(object)
    }
    return client
  }
  const client = { ...reader, because } as unknown as Client
  const informers = createInformerFactory({ client, clock, random })
  const reconciles: string[] = []
  /** Writes thing `a` as the controller's own write. */
  let report = () => {}
  const loop = {
    watches: [watching(things, (thing) => [keyOf(thing)])],
    reconcile(key: string) {
      reconciles.push(`${key} at ${clock.monotonicMs() - startMs}`)
      return reconcile()
    },
  }
  const controller = { name: 'things', permissions: [], workers, start: () => loop }
  const recorder = () => ({ event: () => undefined })
  const world = { client, informers, clock, random, log: silentLogger, recorder }
  void informers.run(stop.signal)
  const ended = runControllers([controller], world, stop.signal)
  const startMs = clock.monotonicMs()
  await clock.settle()
  causes.length = 0 // Work in the background has a cause of its own.
  let revision = 1
  const change = (name: string) => {
    const metadata = { namespace: 'ns', name, uid: name, creationTimestamp: '' }
    const resourceVersion = String(++revision)
    const object = { apiVersion: 'v1', kind: 'Thing', metadata: { ...metadata, resourceVersion } }
    events?.push({ type: 'MODIFIED', object: object as Stored })
    return object as Stored
  }
  return { clock, causes, reconciles, change, stop, ended, report: () => report() }
}

test('changes are acted upon at once, but those that come in a flood together', async () => {
  const { clock, reconciles, change } = await running()
  const times = async (count: number) => {
    for (let i = 0; i < count; i++) {
      change('a')
      await clock.settle()
    }
    return reconciles.splice(0)
  }
  assert.deepEqual(await times(maxReconciles), Array(maxReconciles).fill('ns/a at 0'))
  assert.deepEqual(await times(100), [])
  change('b')
  await clock.settle()
  assert.deepEqual(reconciles.splice(0), ['ns/b at 0'], 'others are not held up')
  await clock.advance(windowMs - 1)
  assert.deepEqual(await times(100), [])
  await clock.advance(1)
  assert.deepEqual(reconciles.splice(0), [`ns/a at ${windowMs}`])
  assert.equal((await times(100)).length, maxReconciles - 1)
  await clock.advance(1000)
  assert.equal(reconciles.splice(0).length, 1)
})

test('changes that come while their key is reconciled lead to one more look, in a flood later', async () => {
  let gate = Promise.withResolvers<undefined>()
  const { clock, reconciles, change } = await running(() => gate.promise)
  change('a')
  await clock.settle()
  for (let count = 1; count <= maxReconciles; count++) {
    assert.equal(reconciles.length, count)
    change('a')
    change('a')
    await clock.settle()
    const { resolve } = gate
    gate = Promise.withResolvers()
    resolve(undefined)
    await clock.settle()
  }
  assert.equal(reconciles.length, maxReconciles)
  await clock.advance(windowMs)
  assert.deepEqual(reconciles.splice(maxReconciles), [`ns/a at ${windowMs}`])
})

test('a key that fails and reports it keeps its back-off, and hears of what others write', async () => {
  let isFailing = true
  const self = await running(async () => {
    self.report()
    if (isFailing) throw new Error('not yet')
    isFailing = true
    return undefined
  })
  const { clock, reconciles, change } = self
  change('a')
  await clock.advance(34)
  assert.deepEqual(reconciles.splice(0), ['ns/a at 0', 'ns/a at 5', 'ns/a at 15'])
  change('a')
  await clock.settle()
  assert.deepEqual(reconciles.splice(0), ['ns/a at 34'], 'somebody else has changed it')
  isFailing = false
  await clock.advance(20)
  assert.deepEqual(
    reconciles.splice(0).slice(0, 2),
    ['ns/a at 35', 'ns/a at 35'],
    'success is news',
  )
})

test('a key that fails is tried again after ever longer, until it succeeds', async () => {
  let failures = 3
  const { clock, reconciles, change, causes } = await running(async () => {
    if (failures-- > 0) throw new Error('not yet')
    return undefined
  })
  change('a')
  await clock.advance(10_000)
  // 5 ms doubling: client-go's default for every key.
  assert.deepEqual(reconciles, ['ns/a at 0', 'ns/a at 5', 'ns/a at 15', 'ns/a at 35'])
  const trigger = { kind: 'change', resource: 'things', key: 'ns/a', resourceVersion: '2' }
  assert.deepEqual(
    causes,
    reconciles.map(() => ({ actor: 'controller/things', trigger })),
    'the change stays the reason',
  )
  change('a')
  failures = 1
  await clock.advance(10)
  assert.deepEqual(
    reconciles.slice(4),
    ['ns/a at 10000', 'ns/a at 10005'],
    'the back-off starts anew',
  )
})

test('a key that can never succeed is dropped', async () => {
  const { clock, reconciles, change } = await running(() =>
    Promise.reject(new TerminalError('never')),
  )
  change('a')
  await clock.advance(100_000)
  assert.deepEqual(reconciles, ['ns/a at 0'])
})

test('another look is taken when it was asked for, and says which change led to it', async () => {
  let wishes = 1
  const { clock, reconciles, change, causes } = await running(async () =>
    wishes-- > 0 ? { againInMs: 30_000 } : undefined,
  )
  change('a')
  await clock.advance(100_000)
  assert.deepEqual(reconciles, ['ns/a at 0', 'ns/a at 30000'])
  const setBy = { kind: 'change', resource: 'things', key: 'ns/a', resourceVersion: '2' }
  assert.deepEqual(causes[1]?.trigger, { kind: 'timer', purpose: 'another look at ns/a', setBy })
})

test('no more keys are worked on at once than there are workers', async () => {
  const gates: ((value: undefined) => void)[] = []
  const { clock, reconciles, change } = await running(
    () => new Promise<undefined>((resolve) => gates.push(resolve)),
    2,
  )
  for (const name of ['a', 'b', 'c']) change(name)
  await clock.settle()
  assert.equal(reconciles.length, 2)
  gates[0]?.(undefined)
  await clock.settle()
  assert.equal(reconciles.length, 3)
})

test('it ends when it is stopped: what is at work is finished, what waits is not begun', async () => {
  const gate = Promise.withResolvers<undefined>()
  const { clock, reconciles, change, stop, ended } = await running(() => gate.promise, 1)
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  change('a')
  change('b')
  await clock.settle()
  stop.abort()
  await clock.settle()
  assert.equal(isOver, false)
  gate.resolve(undefined)
  await clock.settle()
  assert.equal(isOver, true)
  assert.deepEqual(reconciles, ['ns/a at 0'])
})
