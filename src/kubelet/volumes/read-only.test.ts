import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VolumeMount } from '#api'
import { isRecursivelyReadOnly, mountStatuses } from './read-only.ts'

const mount = (more: Partial<VolumeMount>): VolumeMount => ({
  name: 'data',
  mountPath: '/data',
  ...more,
})
const readOnly = (recursiveReadOnly?: string): VolumeMount =>
  mount({ readOnly: true, ...(recursiveReadOnly ? { recursiveReadOnly } : {}) })

test('a mount is read-only all the way down when that is asked for and can be', () => {
  const cases: readonly (readonly [VolumeMount, boolean, boolean])[] = [
    [mount({}), true, false],
    [readOnly(), true, false],
    [readOnly('Disabled'), true, false],
    [readOnly('IfPossible'), true, true],
    [readOnly('IfPossible'), false, false],
    [readOnly('Enabled'), true, true],
  ]
  for (const [given, isSupported, expected] of cases) {
    assert.equal(isRecursivelyReadOnly(given, isSupported), expected, JSON.stringify(given))
  }
})

test('what cannot be is refused in words', () => {
  const cases: readonly (readonly [VolumeMount, boolean, string])[] = [
    [
      readOnly('Enabled'),
      false,
      'volume "data" requested recursive read-only mode, but it is not supported by the runtime',
    ],
    [
      mount({ recursiveReadOnly: 'Enabled' }),
      true,
      'volume "data" requested recursive read-only mode, but it is not read-only',
    ],
    [
      { ...readOnly('IfPossible'), mountPropagation: 'HostToContainer' },
      true,
      'volume "data" requested recursive read-only mode, but it is not compatible with propagation "HostToContainer"',
    ],
  ]
  for (const [given, isSupported, message] of cases) {
    assert.throws(() => isRecursivelyReadOnly(given, isSupported), { name: 'ConfigError', message })
  }
})

test('every mount has a status; of those that are read-only it says how far', () => {
  const volumeMounts = [mount({ subPath: 'a' }), readOnly(), readOnly('IfPossible')]
  const container = { name: 'web', volumeMounts }
  const [name, mountPath] = ['data', '/data']
  assert.deepEqual(mountStatuses(container, true), [
    { name, mountPath },
    { name, mountPath, readOnly: true, recursiveReadOnly: 'Disabled' },
    { name, mountPath, readOnly: true, recursiveReadOnly: 'Enabled' },
  ])
  // Such a container never starts.
  assert.deepEqual(mountStatuses({ name: 'web', volumeMounts: [readOnly('Enabled')] }, false), [
    { name, mountPath, readOnly: true, recursiveReadOnly: 'Disabled' },
  ])
  assert.deepEqual(mountStatuses({ name: 'web' }, true), [])
})
