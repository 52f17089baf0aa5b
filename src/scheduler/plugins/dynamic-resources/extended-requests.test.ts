import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container } from '#api'
import { extendedRequests } from './extended-requests.ts'

const asking = (name: string, gpus: number, more: Partial<Container> = {}): Container => ({
  ...{ name, image: 'web' },
  resources: { requests: { cpu: '1', 'example.com/gpu': `${gpus}` } },
  ...more,
})

function requestsOf(inits: readonly Container[], containers: readonly Container[]) {
  const pod = {
    ...({ apiVersion: 'v1', kind: 'Pod' } as const),
    metadata: { name: 'web' },
    spec: { initContainers: [...inits], containers: [...containers] },
  }
  const { requests, mappings } = extendedRequests(pod, new Map([['example.com/gpu', 'gpu']]))
  return {
    requests: Object.fromEntries(requests.map(({ name, exactly }) => [name, exactly])),
    mappings: mappings.map(({ containerName, requestName }) => `${containerName} ${requestName}`),
  }
}

const exactly = (count: number) => ({
  ...{ deviceClassName: 'gpu', allocationMode: 'ExactCount' },
  count,
})

test('each container asks for devices of its own', () => {
  assert.deepEqual(requestsOf([], [asking('a', 1), asking('none', 0), asking('b', 2)]), {
    requests: { 'container-0-request-1': exactly(1), 'container-2-request-1': exactly(2) },
    mappings: ['a container-0-request-1', 'b container-2-request-1'],
  })
})

test('an init container uses devices of those that start later', () => {
  assert.deepEqual(requestsOf([asking('init', 3)], [asking('a', 1), asking('b', 2)]), {
    requests: { 'container-1-request-1': exactly(1), 'container-2-request-1': exactly(2) },
    mappings: [
      ...['a container-1-request-1', 'b container-2-request-1'],
      ...['init container-1-request-1', 'init container-2-request-1'],
    ],
  })
})

test('init containers share what they need besides', () => {
  assert.deepEqual(requestsOf([asking('x', 2), asking('y', 4)], [asking('a', 1)]), {
    requests: { 'container-1-request-1': exactly(3), 'container-2-request-1': exactly(1) },
    mappings: [
      'a container-2-request-1',
      ...['x container-2-request-1', 'x container-1-request-1'],
      ...['y container-2-request-1', 'y container-1-request-1'],
    ],
  })
})

test('a sidecar keeps its devices', () => {
  const sidecar = asking('side', 1, { restartPolicy: 'Always' })
  assert.deepEqual(requestsOf([sidecar], [asking('a', 1)]).mappings, [
    'side container-0-request-1',
    'a container-1-request-1',
  ])
})
