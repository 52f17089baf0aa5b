import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container } from '#api'
import { ConfigError } from './errors.ts'
import { podOf, web } from './kubelet-fixture.ts'
import { resourceFieldValue } from './resource-reference.ts'

const sized: Container = {
  ...web,
  resources: {
    requests: { cpu: '250m', memory: '32Mi' },
    limits: { cpu: '1500m', memory: '64Mi' },
  },
}
const bare: Container = { name: 'bare', image: 'nginx' }
const pod = podOf({ spec: { containers: [sized], initContainers: [bare] } })
const sources = { pod, allocatable: { cpu: '4', memory: '1000Mi' } }

test('amounts are divided and rounded up', () => {
  for (const [resource, divisor, expected] of [
    ['requests.cpu', '1m', '250'],
    ['requests.cpu', '1', '1'],
    ['limits.cpu', '1', '2'],
    ['requests.memory', '1', '33554432'],
    ['limits.memory', '1Mi', '64'],
    ['limits.memory', '1Gi', '1'],
  ] as const) {
    assert.equal(resourceFieldValue({ resource, divisor }, sized, sources), expected, resource)
  }
})

test('a divisor that nobody gave is 1, also when the API has written it down as 0', () => {
  for (const given of [{}, { divisor: '0' }]) {
    assert.equal(resourceFieldValue({ resource: 'limits.cpu', ...given }, sized, sources), '2')
    assert.equal(
      resourceFieldValue({ resource: 'limits.memory', ...given }, sized, sources),
      '67108864',
    )
  }
})

test('without a limit the node is the limit, without a request it is 0', () => {
  for (const [resource, expected] of [
    ['limits.cpu', '4'],
    ['limits.memory', '1048576000'],
    ['requests.cpu', '0'],
    ['requests.memory', '0'],
    ['limits.ephemeral-storage', '0'],
  ] as const) {
    assert.equal(resourceFieldValue({ resource }, bare, sources), expected, resource)
  }
})

test('a container may name another one of its pod', () => {
  const selector = { resource: 'requests.memory', divisor: '1Mi' }
  assert.equal(resourceFieldValue({ ...selector, containerName: 'web' }, bare, sources), '32')
  assert.equal(resourceFieldValue({ ...selector, containerName: 'bare' }, sized, sources), '0')
  assert.throws(
    () => resourceFieldValue({ ...selector, containerName: 'none' }, sized, sources),
    (error) => error instanceof ConfigError && error.message === 'container none not found',
  )
})
