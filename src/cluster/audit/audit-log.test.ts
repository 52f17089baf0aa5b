import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createVirtualClock, silentLogger } from '#lib'
import { auditPolicyOf, openAuditLog, openSimulatedAuditLog } from './audit-log.ts'
import { openLineQueue } from './line-queue.ts'
import type { AuditLogOptions } from './options.ts'
import { openRotatingFile } from './rotating-file.ts'

const unlimited = { maxSizeMegabytes: 0, maxAgeDays: 0, maxBackups: 0 }
const clockAt = (time: string) => createVirtualClock({ startWallMs: Date.parse(time) })

function directory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'knarr-audit-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

describe('the file of the audit log', () => {
  test('is its owner’s alone, made with its directory, and appended to', async () => {
    using at = directory()
    const path = join(at.path, 'deep', 'audit.log')
    for (const line of ['one\n', 'two\n']) {
      using file = openRotatingFile(path, unlimited, clockAt('2026-01-01T00:00:00Z'))
      await file.append(Buffer.from(line))
    }
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('gives way when it is full, and so many of those before it are kept', async () => {
    using at = directory()
    const path = join(at.path, 'audit.log')
    const clock = clockAt('2026-01-01T00:00:00Z')
    writeFileSync(join(at.path, 'audit-2025-01-01T00-00-00.000.log'), 'old')
    writeFileSync(join(at.path, 'audit-mine.log'), 'somebody else’s')
    using file = openRotatingFile(
      path,
      { maxSizeMegabytes: 1, maxAgeDays: 30, maxBackups: 2 },
      clock,
    )
    assert.deepEqual(readdirSync(at.path).toSorted(), ['audit-mine.log', 'audit.log'])
    const line = Buffer.alloc(700 * 1024, 'a')
    for (let i = 0; i < 4; i++) {
      await file.append(line)
      await clock.advance(1500)
    }
    assert.deepEqual(readdirSync(at.path).toSorted(), [
      'audit-2026-01-01T00-00-03.000.log',
      'audit-2026-01-01T00-00-04.500.log',
      'audit-mine.log',
      'audit.log',
    ])
    assert.equal(statSync(path).size, line.length)
    await assert.rejects(file.append(Buffer.alloc(2 ** 20 + 1)), {
      message: 'write length 1048577 exceeds maximum file size 1048576',
    })
  })

  test('goes on in a new file when somebody has taken it away before it was full', async () => {
    using at = directory()
    const path = join(at.path, 'audit.log')
    const limits = { maxSizeMegabytes: 1, maxAgeDays: 0, maxBackups: 0 }
    using file = openRotatingFile(path, limits, clockAt('2026-01-01T00:00:00Z'))
    const line = Buffer.alloc(700 * 1024, 'a')
    await file.append(line)
    rmSync(path)
    await file.append(line)
    assert.deepEqual(readdirSync(at.path), ['audit.log'])
    assert.equal(statSync(path).size, line.length)
  })
})

/** A file whose writes end when they are told to. */
function slowFile(room = 1e9) {
  const written: string[] = []
  let go: (() => void) | undefined
  let fail: ((error: Error) => void) | undefined
  return {
    written,
    room,
    append: (bytes: Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        written.push(Buffer.from(bytes).toString())
        ;[go, fail] = [resolve, reject]
      }),
    async go() {
      go?.()
      await new Promise((resolve) => process.nextTick(resolve))
    },
    async fail() {
      fail?.(new Error('disk full'))
      await new Promise((resolve) => process.nextTick(resolve))
    },
  }
}

function notingLog() {
  const noted: unknown[] = []
  const log = {
    ...silentLogger,
    error: (text: string, fields?: object) => noted.push([text, fields]),
  }
  return { noted, log }
}

describe('lines on their way to it', () => {
  test('are gathered while it is written, and make whoever writes them wait', async () => {
    const file = slowFile()
    const queue = openLineQueue(file, { mode: 'blocking', log: silentLogger })
    const done: string[] = []
    for (const line of ['a', 'b', 'c'])
      void Promise.resolve(queue.write(line)).then(() => done.push(line))
    assert.deepEqual(file.written, ['a'])
    await file.go()
    assert.deepEqual([file.written, done], [['a', 'bc'], ['a']])
    await file.go()
    assert.deepEqual(done, ['a', 'b', 'c'])
  })

  test('are lost in batch mode when too many wait, which is told once', async () => {
    const file = slowFile()
    const { noted, log } = notingLog()
    const queue = openLineQueue(file, { mode: 'batch', log, maxLines: 2 })
    for (const line of ['a', 'b', 'c', 'd', 'e']) assert.equal(queue.write(line), true)
    await file.go()
    await file.go()
    assert.deepEqual(file.written, ['a', 'bc'])
    assert.deepEqual(noted, [
      ['audit events are lost', { lines: 2, error: 'audit buffer queue blocked' }],
    ])
    assert.equal(queue.write('f'), true)
    assert.deepEqual(file.written, ['a', 'bc', 'f'])
  })

  test('that cannot be written refuse their request in blocking-strict mode alone', async () => {
    for (const [mode, isKept] of [
      ['blocking', true],
      ['blocking-strict', false],
    ] as const) {
      const file = slowFile()
      const { noted, log } = notingLog()
      const taken = openLineQueue(file, { mode, log }).write('a')
      await file.fail()
      assert.equal(await taken, isKept)
      assert.deepEqual(noted, [['audit events are lost', { lines: 1, error: 'disk full' }]])
    }
  })

  test('go into one file as far as it has room', async () => {
    const file = slowFile(3)
    const queue = openLineQueue(file, { mode: 'batch', log: silentLogger })
    for (const line of ['aaaaa', 'b', 'cc', 'd']) void queue.write(line)
    for (let i = 0; i < 4; i++) await file.go()
    assert.deepEqual(file.written, ['aaaaa', 'bcc', 'd'])
  })
})

describe('the options of the audit', () => {
  const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n'
  const options: AuditLogOptions = { ...unlimited, mode: 'batch' }

  test('need a policy and a place, or neither', () => {
    assert.equal(auditPolicyOf(undefined), undefined)
    const code = 'AuditIncomplete'
    assert.throws(() => auditPolicyOf({ ...options, policyFile: '/p' }), {
      code,
      message: '--audit-policy-file records nothing without --audit-log-path',
    })
    assert.throws(() => auditPolicyOf({ ...options, logPath: '-' }), { code })
    assert.throws(() => auditPolicyOf({ ...options, logPath: '-', policyFile: '/no/such' }), {
      code: 'NoSuchFile',
    })
  })

  for (const open of [openAuditLog, openSimulatedAuditLog]) {
    test(`open a log that has every line when it is closed: ${open.name}`, async () => {
      using at = directory()
      const [policyFile, logPath] = [join(at.path, 'p.yaml'), join(at.path, 'audit.log')]
      writeFileSync(policyFile, policy)
      const world = { clock: clockAt('2026-01-01T00:00:00Z'), log: silentLogger }
      {
        await using log = open({ ...options, policyFile, logPath }, world)
        assert.equal(log.audit?.policy.rules[0]?.level, 'Metadata')
        for (let i = 0; i < 100; i++) void log.audit?.sink.write(`${i}\n`)
      }
      const lines = readFileSync(logPath, 'utf8').trimEnd().split('\n')
      assert.deepEqual(
        lines,
        Array.from({ length: 100 }, (_, i) => `${i}`),
      )
    })
  }
})
