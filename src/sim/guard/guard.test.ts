// biome-ignore-all lint/plugin: ambient time and chance are what is tested
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import * as cryptoModule from 'node:crypto'
import { lookup } from 'node:dns'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { test } from 'node:test'
import * as timersModule from 'node:timers'
import * as timersPromises from 'node:timers/promises'
import { deflate, deflateSync } from 'node:zlib'
import { createVirtualClock, secretBytes, systemClock, systemRandom } from '#lib'
import { createAmbientGuard, runGuarded } from './guard.ts'

/** Lines of this file, to know what must be named. */
const source = readFileSync(new URL(import.meta.url), 'utf8').split('\n')

const lineOf = (key: string) =>
  source.findIndex((text) => text.trim().replaceAll("'", '').startsWith(`${key}: () =>`)) + 1

const ambient: Record<string, () => unknown> = {
  'Date.now': () => Date.now(),
  'new Date()': () => new Date(),
  'Date()': () => Date(),
  'performance.now': () => performance.now(),
  'process.hrtime': () => process.hrtime(),
  'process.hrtime.bigint': () => process.hrtime.bigint(),
  'process.uptime': () => process.uptime(),
  'Math.random': () => Math.random(),
  'crypto.randomUUID': () => crypto.randomUUID(),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(1)),
  'crypto.randomBytes': () => cryptoModule.randomBytes(1),
  'crypto.randomInt': () => cryptoModule.randomInt(2),
  setTimeout: () => setTimeout(() => {}, 1),
  setInterval: () => setInterval(() => {}, 1),
  setImmediate: () => setImmediate(() => {}),
  fetch: () => fetch('http://127.0.0.1:1/'),
  'timers.setTimeout': () => timersModule.setTimeout(() => {}, 1),
  'timers/promises.setTimeout': () => timersPromises.setTimeout(1),
  'AbortSignal.timeout': () => AbortSignal.timeout(1),
}

for (const [name, leak] of Object.entries(ambient)) {
  test(`${name} inside a simulation is an error that names the line`, async () => {
    const line = lineOf(name)
    await assert.rejects(
      runGuarded({}, async () => leak()),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'AmbientSource')
        assert.ok(error.message.startsWith(`${name} was used in a simulation by `), error.message)
        assert.ok(error.message.includes(`guard.test.ts:${line}:`), `${line}: ${error.message}`)
        return true
      },
    )
  })
}

const real: Record<string, () => unknown> = {
  FSREQPROMISE: () => readFile(import.meta.filename),
  TCPWRAP: () => connect(1, '127.0.0.1').on('error', () => {}),
  GETADDRINFOREQWRAP: () => lookup('localhost', () => {}),
  PROCESSWRAP: () => execFile('true'),
  ZLIB: () => deflate('x', () => {}),
  PBKDF2REQUEST: () => cryptoModule.pbkdf2('a', 'b', 1, 8, 'sha1', () => {}),
  HASHREQUEST: () => crypto.subtle.digest('SHA-256', new Uint8Array(1)),
}

for (const [type, leak] of Object.entries(real)) {
  test(`a strict guard names who starts real work (${type})`, async () => {
    const line = lineOf(type)
    const running = runGuarded({ isStrict: true }, async () => void leak())
    await assert.rejects(running, (error: Error & { code: string }) => {
      assert.equal(error.code, 'RealWork')
      assert.ok(error.message.includes(`guard.test.ts:${line}:`), `${line}: ${error.message}`)
      return true
    })
  })
}

test('what is synchronous or secret is no leak, nor are dates that are given', async () => {
  const result = await runGuarded({ isStrict: true }, async () => {
    readFileSync(import.meta.filename)
    deflateSync('x')
    cryptoModule.createHash('sha256').update('x').digest()
    assert.equal(secretBytes(8).length, 8)
    assert.ok(new Date(5) instanceof Date)
    await new Promise<void>((done) => process.nextTick(done))
    return new Date(Date.UTC(2026, 0)).toISOString()
  })
  assert.equal(result, '2026-01-01T00:00:00.000Z')
})

test('the real clock given to a component is blamed on the component', async () => {
  await assert.rejects(
    runGuarded({}, async () => void (await systemClock.sleep(1))),
    { message: /setTimeout .*guard\.test\.ts/ },
  )
  await assert.rejects(
    runGuarded({}, async () => void systemRandom.uuid()),
    { message: /crypto\.randomUUID .*guard\.test\.ts/ },
  )
})

test('a leak that a component swallows stops the clock and is named', async () => {
  using guard = createAmbientGuard()
  const clock = createVirtualClock({ inside: guard.fire })
  let rounds = 0
  const component = async () => {
    for (;;) {
      await clock.sleep(1000)
      try {
        if (rounds++ === 0) Math.random()
      } catch {}
    }
  }
  guard.run(() => void component())
  await assert.rejects(clock.advance(60_000), /Math\.random was used .*guard\.test\.ts/)
  assert.equal(clock.monotonicMs(), 2000, 'at the next timer')
  await clock.advance(8000)
  assert.equal(rounds, 10, 'told once, and nothing is lost')
  assert.equal(guard.leaks.length, 1)
})

test('what the work fails with is kept as the cause of its leak', async () => {
  const failed = new Error('failed')
  const running = runGuarded({}, async () => {
    assert.throws(() => Math.random())
    throw failed
  })
  await assert.rejects(running, { code: 'AmbientSource', cause: failed })
  await assert.rejects(
    runGuarded({}, () => Promise.reject(failed)),
    failed,
  )
})

test('timers, turns and sleeps of the virtual clock are inside and no leak', async () => {
  await runGuarded({ isStrict: true }, async (guard) => {
    const clock = createVirtualClock({ inside: guard.fire })
    let rounds = 0
    const loop = async () => {
      for (; rounds < 500; rounds++) {
        await clock.turn()
        await clock.sleep(10)
      }
    }
    void loop()
    await clock.advance(10_000)
    assert.equal(rounds, 500)
  })
})

test('a timer set outside fires inside, because the clock enters', async () => {
  using guard = createAmbientGuard()
  const clock = createVirtualClock({ inside: guard.fire })
  clock.timer(10, () => Date.now())
  await assert.rejects(clock.advance(20), { code: 'AmbientSource' })
})

test('code outside keeps its time while a simulation runs', async () => {
  let isOver = false
  const outside = (async () => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      assert.ok(Date.now() > 0 && Math.random() < 1 && new Date().getTime() > 0)
    }
  })()
  await runGuarded({ isStrict: true }, async (guard) => {
    const clock = createVirtualClock({ inside: guard.fire })
    const loop = async () => {
      for (let round = 0; round < 1000; round++) await clock.sleep(1)
    }
    void loop()
    await clock.advance(2000)
  })
  isOver = true
  await outside
})

test('two simulations tell their leaks apart, and the last restores the globals', async () => {
  const before = [Date, setTimeout, Math.random, timersModule.setTimeout]
  const ownNow = Object.hasOwn(performance, 'now')
  const first = createAmbientGuard()
  const second = createAmbientGuard()
  assert.notEqual(Date, before[0])
  assert.throws(() => first.run(() => Date.now()), { code: 'AmbientSource' })
  assert.deepEqual([first.leaks.length, second.leaks.length], [1, 0])
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  assert.throws(() => second.run(() => Date.now()), { code: 'AmbientSource' })
  second[Symbol.dispose]()
  assert.deepEqual([Date, setTimeout, Math.random, timersModule.setTimeout], before)
  assert.equal(Object.hasOwn(performance, 'now'), ownNow)
})
