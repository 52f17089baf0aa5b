import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '#api'
import { createVirtualClock, silentLogger } from '#lib'
import type { ServiceTable } from '#network'
import { keepProgrammed, type ProxySource } from './sync-loop.ts'

function service(port: number): Service {
  const spec = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ port }] }
  return { metadata: { namespace: 'ns', name: 'web' }, spec }
}

function world() {
  const clock = createVirtualClock()
  const stop = new AbortController()
  const programmed: string[] = []
  const synced = Promise.withResolvers<void>()
  let failures = 0
  let current = service(1)
  let changed = () => {}
  const source: ProxySource = {
    read: () => ({ services: [current], slicesOf: () => [], node: { name: 'n1', zone: '' } }),
    subscribe: (callback) => {
      changed = callback
      return { [Symbol.dispose]: () => {} }
    },
    whenSynced: () => synced.promise,
  }
  const program = async (table: ServiceTable) => {
    programmed.push(`${clock.monotonicMs()}: ${table.ports[0]?.port}`)
    if (failures-- > 0) throw new Error('refused')
  }
  const options = { network: { program }, clock, log: silentLogger }
  return {
    clock,
    programmed,
    sync: synced.resolve,
    change: (port: number) => {
      current = service(port)
      changed()
    },
    failTimes: (times: number) => {
      failures = times
    },
    stop: () => stop.abort(new Error('stopped')),
    done: keepProgrammed(source, options, stop.signal),
  }
}

test('nothing is programmed before everything is read', async () => {
  const { clock, programmed, sync, stop, done } = world()
  await clock.advance(5000)
  assert.deepEqual(programmed, [])
  sync()
  await clock.settle()
  assert.deepEqual(programmed, ['5000: 1'])
  stop()
  await done
})

test('a change after a quiet time counts at once, a burst is collected', async () => {
  const { clock, programmed, sync, change, stop, done } = world()
  sync()
  await clock.advance(5000)
  for (const port of [2, 3]) change(port)
  await clock.advance(100)
  for (const port of [4, 5]) change(port)
  await clock.advance(5000)
  assert.deepEqual(programmed, ['0: 1', '5000: 3', '6000: 5'])
  stop()
  await done
})

test('without a change it is programmed every 30 seconds all the same', async () => {
  const { clock, programmed, sync, stop, done } = world()
  sync()
  await clock.advance(65_000)
  assert.deepEqual(programmed, ['0: 1', '30000: 1', '60000: 1'])
  stop()
  await done
})

test('a failure is tried again', async () => {
  const { clock, programmed, sync, failTimes, stop, done } = world()
  failTimes(2)
  sync()
  await clock.advance(10_000)
  assert.deepEqual(programmed, ['0: 1', '1000: 1', '2000: 1'])
  stop()
  await done
})

test('stopping leaves no timer behind', async () => {
  const { clock, sync, stop, done } = world()
  sync()
  await clock.advance(2000)
  stop()
  await done
  assert.equal(clock.pendingTimers, 0)
})
