import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerStatus, ResourceRequirements } from '#api'
import type { LinuxResources } from '#runtime'
import { instanceOf } from '../model/kubelet-fixture.ts'
import { containerResources } from './container-resources.ts'

interface Given {
  readonly spec?: ResourceRequirements
  readonly inForce?: LinuxResources
  readonly state?: 'running' | 'exited'
  readonly previous?: Partial<ContainerStatus>
}

function resources({ spec, inForce, state = 'running', previous }: Given) {
  const container = { name: 'web', ...(spec ? { resources: spec } : {}) }
  const newest = instanceOf('web', state, inForce ? { resources: inForce } : {})
  return containerResources(container, newest, previous as ContainerStatus | undefined)
}

const asked = { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128M' } }
const given = {
  cpuShares: 256,
  cpuQuotaUs: 50_000,
  cpuPeriodUs: 100_000,
  memoryLimitBytes: 128_000_000,
}

test('a container that asks for nothing has nothing', () => {
  assert.deepEqual(resources({ inForce: { cpuShares: 2 } }), { resources: {} })
})

test('a running one has what is in force, in the words of the runtime, and its share of memory as asked', () => {
  assert.deepEqual(resources({ spec: asked, inForce: given }), {
    allocatedResources: { cpu: '250m', memory: '64Mi' },
    resources: {
      requests: { cpu: '250m', memory: '64Mi' },
      limits: { cpu: '500m', memory: '125000Ki' },
    },
  })
})

test('what is in force shows also where it is not what was granted', () => {
  const inForce = { ...given, cpuShares: 512, cpuQuotaUs: 100_000, memoryLimitBytes: 2 ** 28 }
  assert.deepEqual(resources({ spec: asked, inForce }).resources, {
    requests: { cpu: '500m', memory: '64Mi' },
    limits: { cpu: '1', memory: '256Mi' },
  })
})

test('what the runtime rounds up to its least shows as it was asked for', () => {
  const spec = { requests: { cpu: '1m' }, limits: { cpu: '5m' } }
  const inForce = { cpuShares: 2, cpuQuotaUs: 1_000, cpuPeriodUs: 100_000 }
  assert.deepEqual(resources({ spec, inForce }).resources, spec)
})

test('nothing shows under a heading that was not asked for', () => {
  const spec = { limits: { memory: '128Mi' } }
  const inForce = { cpuShares: 2, memoryLimitBytes: 2 ** 27 }
  assert.deepEqual(resources({ spec, inForce }), { resources: spec })
})

test('one that has ended shows what was granted', () => {
  assert.deepEqual(resources({ spec: asked, inForce: given, state: 'exited' }).resources, asked)
})

test('where the runtime does not tell, what was told before stays while the same instance runs', () => {
  const state = { running: {} }
  const before = { resources: { requests: { cpu: '300m' }, limits: { cpu: '600m' } } }
  const same = { ...before, state, containerID: 'containerd://web' }
  assert.deepEqual(resources({ spec: asked, previous: same }).resources, {
    requests: { cpu: '300m', memory: '64Mi' },
    limits: { cpu: '600m', memory: '128M' },
  })
  const other = { ...same, containerID: 'containerd://other' }
  assert.deepEqual(resources({ spec: asked, previous: other }).resources, asked)
})
