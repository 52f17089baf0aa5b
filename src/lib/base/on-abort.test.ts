import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onAbort } from './on-abort.ts'

test('every listener is called once, in order, unless it was disposed', () => {
  const heard: string[] = []
  const stop = new AbortController()
  onAbort(stop.signal, () => heard.push('first'))
  const second = onAbort(stop.signal, () => heard.push('second'))
  onAbort(stop.signal, () => heard.push('third'))
  second[Symbol.dispose]()
  stop.abort()
  stop.abort()
  assert.deepEqual(heard, ['first', 'third'])
})

test('a listener that throws keeps no other from being called', async () => {
  const stop = new AbortController()
  const heard: string[] = []
  onAbort(stop.signal, () => {
    throw new Error('first')
  })
  onAbort(stop.signal, () => heard.push('second'))
  // Node throws what a listener of a signal throws where nobody but the process can catch it.
  const failure = new Promise((resolve) => {
    process.setUncaughtExceptionCaptureCallback(resolve)
  })
  stop.abort()
  assert.match(String(await failure), /first/)
  process.setUncaughtExceptionCaptureCallback(null)
  assert.deepEqual(heard, ['second'])
})

test('nothing is called for a signal that has aborted already', () => {
  const heard: string[] = []
  onAbort(AbortSignal.abort(), () => heard.push('late'))[Symbol.dispose]()
  assert.deepEqual(heard, [])
})

test('a listener that is added by another one is not called', () => {
  const stop = new AbortController()
  const heard: string[] = []
  onAbort(stop.signal, () => void onAbort(stop.signal, () => heard.push('inner')))
  stop.abort()
  assert.deepEqual(heard, [])
})
