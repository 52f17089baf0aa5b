import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './errors.ts'
import { fieldValue, formatMap } from './field-reference.ts'
import { podOf } from './kubelet-fixture.ts'

const pod = podOf({
  metadata: { labels: { b: '2', a: 'say "1"' }, annotations: { 'x.io/y': 'z' } },
  spec: { nodeName: 'node-1', serviceAccountName: 'robot' },
})
const sources = {
  pod,
  podIps: ['10.0.0.1', 'fd00::1'],
  hostIps: ['192.0.2.1', 'fd01::1'],
  nodeName: 'node-1',
}

test('every field of the downward API has its value', () => {
  for (const [path, expected] of [
    ['metadata.name', 'a'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', 'u'],
    ['metadata.labels', 'a="say \\"1\\""\nb="2"'],
    ['metadata.annotations', 'x.io/y="z"'],
    ["metadata.labels['b']", '2'],
    ["metadata.annotations['x.io/y']", 'z'],
    ["metadata.labels['none']", ''],
    ['spec.nodeName', 'node-1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.hostIP', '192.0.2.1'],
    ['status.hostIPs', '192.0.2.1,fd01::1'],
    ['status.podIP', '10.0.0.1'],
    ['status.podIPs', '10.0.0.1,fd00::1'],
  ] as const) {
    assert.equal(fieldValue(path, sources), expected, path)
  }
})

test('a field that is not offered is refused', () => {
  const refused = (error: unknown) =>
    error instanceof ConfigError && error.message === 'unsupported fieldPath: spec.hostname'
  assert.throws(() => fieldValue('spec.hostname', sources), refused)
})

test('a map without entries is empty', () => {
  assert.equal(formatMap(undefined), '')
})
