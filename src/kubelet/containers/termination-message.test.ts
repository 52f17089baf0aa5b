import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instanceOf, testWorld } from '../model/kubelet-fixture.ts'
import { terminationPolicyAnnotation } from '../model/labels.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { readTerminationMessage } from './termination-message.ts'

const policy = { [terminationPolicyAnnotation]: 'FallbackToLogsOnError' }

function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  changes: Partial<ObservedContainer> = {},
): Promise<string> {
  const { world } = testWorld({
    host: {
      pods: { path: (uid) => `/pods/${uid}` },
      files: {
        readTail: async (path, maxBytes) => {
          const text = files[path]
          return text === undefined ? undefined : Buffer.from(text).subarray(-maxBytes)
        },
      },
    },
  })
  const container = instanceOf('web', 'exited', { exitCode: 1, restartCount: 2, ...changes })
  return readTerminationMessage(world.host, 'u', container, new AbortController().signal)
}

const file = '/pods/u/containers/web/2'
const log = (...lines: readonly string[]) =>
  lines.map((line) => `2026-01-01T00:00:00Z stderr F ${line}\n`).join('')

test('the message is what the instance has written into its file', async () => {
  assert.equal(await read({ [file]: 'bye', '/pods/u/containers/web/1': 'old' }), 'bye')
  assert.equal(await read({}), '')
})

test('of a long message the last 4096 bytes are kept', async () => {
  assert.equal(await read({ [file]: `${'a'.repeat(10)}${'b'.repeat(4096)}` }), 'b'.repeat(4096))
})

test('the end of the log stands in only where asked for, after an error, without a message', async () => {
  const logs = { '/logs/web': log('first', 'last') }
  for (const [files, changes, expected] of [
    [logs, { annotations: policy }, 'first\nlast\n'],
    [logs, {}, ''],
    [logs, { annotations: policy, exitCode: 0 }, ''],
    [logs, { annotations: policy, reason: 'ContainerCannotRun' }, ''],
    [{ ...logs, [file]: 'bye' }, { annotations: policy }, 'bye'],
    [{}, { annotations: policy }, ''],
  ] as const) {
    assert.equal(await read(files, changes), expected)
  }
})

test('parts of a line in the log are put together again, within a character too', async () => {
  const tagged = (tag: string, content: Uint8Array) =>
    `2026-01-01T00:00:00Z stdout ${tag} ${Buffer.from(content).toString('latin1')}\n`
  const euro = Buffer.from('€')
  const text = [
    tagged('F', Buffer.from('first')),
    tagged('P', Buffer.from([0x33, ...euro.subarray(0, 1)])),
    tagged('P:more', euro.subarray(1)),
    tagged('F', Buffer.from('.')),
  ].join('')
  const left = { '/logs/web': Buffer.from(text, 'latin1') }
  assert.equal(await read(left, { annotations: policy }), 'first\n3€.\n')
})

test('a line that is longer than what is read of the log does not count', async () => {
  const left = { '/logs/web': `${log('a'.repeat(40_000))}${log('last')}` }
  assert.equal(await read(left, { annotations: policy }), 'last\n')
  const part = log('b'.repeat(16_384)).replace(' F ', ' P ')
  const parted = { '/logs/web': `${part}${part}${log('last')}` }
  const message = await read(parted, { annotations: policy })
  assert.equal(message, `${'b'.repeat(2043)}last\n`)
})

test('of the log 80 lines and 2048 bytes count at most', async () => {
  const numbered = Array.from({ length: 100 }, (_, index) => String(index))
  const short = await read({ '/logs/web': log(...numbered) }, { annotations: policy })
  assert.equal(
    short,
    numbered
      .slice(20)
      .map((line) => `${line}\n`)
      .join(''),
  )
  const long = await read({ '/logs/web': log('a'.repeat(3000)) }, { annotations: policy })
  assert.equal(long, `${'a'.repeat(2047)}\n`)
})
