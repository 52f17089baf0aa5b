import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#lib'
import type { Listener } from '../model/fabric.ts'
import { createTestWorld, namedListener, silentListener } from '../network/network-fixture.ts'
import type { PodSide, RequestRecord } from './outcomes.ts'
import { createLoad, type RequestLoadOptions } from './request-load.ts'
import { createTimeLimits } from './time-limits.ts'

const podIp = '10.244.0.1'

function loadOn(changes: Partial<RequestLoadOptions> = {}) {
  const world = createTestWorld()
  const pod = { listener: namedListener('web') as Listener | undefined }
  world.pod('near', podIp, () => pod.listener)
  const load = createLoad({
    clock: world.clock,
    random: seededRandom('load'),
    client: world.near.clientFrom({}),
    host: podIp,
    port: 8080,
    ratePerSecond: 10,
    timeoutMs: 500,
    ...changes,
  })
  return { ...world, podServer: pod, load }
}

test('requests go out evenly at their rate and are answered', async () => {
  const seen: RequestRecord[] = []
  const { load, clock } = loadOn({ onOutcome: (record) => seen.push(record) })
  await clock.advance(10_000)
  await load.stop()
  await clock.advance(10_000)
  assert.equal(load.counts().ended.answered, 100)
  assert.equal(load.counts().succeeded, 100)
  assert.deepEqual(load.records(), seen)
  const [first, second] = seen
  assert.equal((second?.sentWallMs ?? 0) - (first?.sentWallMs ?? 0), 100)
})

test('independent arrivals keep the rate, differ in their gaps and repeat with the seed', async () => {
  const run = async (seed: string) => {
    const { load, clock } = loadOn({ arrivals: 'poisson', random: seededRandom(seed) })
    await clock.advance(100_000)
    await load.stop()
    return load.records().map(({ sentWallMs }) => sentWallMs)
  }
  const times = await run('a')
  assert.ok(times.length > 900 && times.length < 1100, String(times.length))
  assert.deepEqual(await run('a'), times)
  assert.notDeepEqual(await run('b'), times)
})

test('each way to fail is told from the others', async () => {
  const { load, clock, podServer, fabric, settle } = loadOn()
  const killed = new AbortController()
  const phase = async (change: () => void) => {
    const before = load.counts().ended
    change()
    await clock.advance(1000)
    return Object.entries(load.counts().ended)
      .filter(([end, count]) => count > before[end as keyof typeof before])
      .map(([end]) => end)
  }
  const listen = (listener: Listener | undefined) => {
    podServer.listener = listener
  }
  assert.deepEqual(await phase(() => {}), ['answered'])
  assert.deepEqual(await phase(() => listen(undefined)), ['refused'])
  assert.deepEqual(await phase(() => listen(silentListener(killed.signal))), ['timeout'])
  clock.timer(150, () => killed.abort())
  assert.ok((await phase(() => listen(silentListener(killed.signal)))).includes('reset'))
  await phase(() => listen(undefined))
  assert.deepEqual(await phase(() => fabric.silence('near')), ['timeout'])
  await settle(load.stop())
  const late = load.records().filter(({ tookMs }) => Math.round(tookMs) === 500)
  assert.ok(late.every(({ end }) => end === 'timeout'))
  assert.equal(late.length, load.counts().ended.timeout)
})

test('a request is judged by what the API said when it was sent', async () => {
  let state: PodSide = 'notReady'
  const { load, clock, podServer } = loadOn({
    findPod: ({ podUid }) => (podUid === `uid-${podIp}` ? { pod: 'shop/web', state } : undefined),
  })
  await clock.advance(1000)
  state = 'ready'
  await clock.advance(2000)
  state = 'stopped'
  podServer.listener = undefined
  await clock.advance(500)
  await load.stop()
  const { sentTo, answeredBy, ended } = load.counts()
  assert.deepEqual(sentTo, { ready: 20, notReady: 10, terminating: 0, stopped: 5 })
  assert.deepEqual(answeredBy, { 'shop/web': 30 })
  assert.equal(ended.refused, 5)
  assert.deepEqual(load.records().at(-1)?.sentTo, { pod: 'shop/web', state: 'stopped' })
})

test('only the latest records are kept, the counts are of all', async () => {
  const { load, clock } = loadOn({ keepRecords: 3 })
  await clock.advance(1000)
  await load.stop()
  assert.deepEqual(
    load.records().map(({ serial }) => serial),
    [8, 9, 10],
  )
  assert.equal(load.counts().ended.answered, 10)
})

test('a name that means nothing is an outcome, and disposing leaves no timer', async () => {
  const { load, clock } = loadOn({ host: 'nowhere' })
  await clock.advance(1030)
  assert.equal(load.counts().ended.unknownHost, 10)
  load[Symbol.dispose]()
  assert.equal(clock.pendingTimers, 0)
})

test('stopping waits for what is under way, disposing gives it up', async () => {
  const stopped = loadOn()
  stopped.podServer.listener = silentListener()
  await stopped.clock.advance(150)
  await stopped.settle(stopped.load.stop())
  assert.equal(stopped.load.counts().ended.timeout, 1)
  assert.equal(stopped.clock.pendingTimers, 0)
  const given = loadOn()
  given.podServer.listener = silentListener()
  await given.clock.advance(150)
  given.load[Symbol.dispose]()
  await given.clock.advance(1000)
  assert.deepEqual(given.load.records(), [])
  assert.equal(given.clock.pendingTimers, 0)
})

test('limits end in order, each at its own time, with one timer', async () => {
  const { clock } = createTestWorld()
  using limits = createTimeLimits(clock, 100)
  const first = limits.start()
  await clock.advance(40)
  const second = limits.start()
  const third = limits.start()
  assert.equal(clock.pendingTimers, 1)
  second.done()
  await clock.advance(60)
  assert.deepEqual([first.signal.aborted, third.signal.aborted], [true, false])
  await clock.advance(40)
  assert.deepEqual([second.signal.aborted, third.signal.aborted], [false, true])
  assert.equal(clock.pendingTimers, 0)
})

test('connections that are kept alive are used again, and opened anew once the server has ended', async () => {
  const { load, clock, podServer } = loadOn({ keepAliveClients: 1 })
  await clock.advance(1_000)
  podServer.listener = undefined
  await clock.advance(1_000)
  podServer.listener = namedListener('web')
  await clock.advance(1_000)
  const { ended } = load.counts()
  assert.deepEqual([ended.answered, ended.refused, ended.reset], [20, 10, 0])
})

test('a connection that is kept alive stays with its pod when the network is cut', async () => {
  const { load, clock, fabric } = loadOn({ keepAliveClients: 1 })
  await clock.advance(1_000)
  fabric.silence('near')
  await clock.advance(2_000)
  assert.ok(load.counts().ended.timeout > 0)
  assert.equal(load.counts().ended.refused, 0)
})
