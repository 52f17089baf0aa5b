import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tellsProgress } from './progress.ts'

const versions: Readonly<Record<string, boolean>> = {
  '3.3.27': false,
  '3.4.23': false,
  '3.4.25': true,
  '3.5.7': false,
  '3.5.8': true,
  '3.6.0-rc.1': true,
  '4.0.0': true,
}

test('etcd is believed its progress from the versions on that order it', () => {
  for (const [version, wanted] of Object.entries(versions)) {
    assert.equal(tellsProgress(version), wanted, version)
  }
})
