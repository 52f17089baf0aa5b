import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, PodSpec } from '#api'
import type { CgroupLimits } from '#host'
import { podOf } from '../model/kubelet-fixture.ts'
import { podCgroupLimits } from './resources.ts'

const container = (
  name: string,
  requests?: Record<string, string>,
  limits?: Record<string, string>,
  more: Partial<Container> = {},
): Container => ({
  ...{ name, image: 'x', ...more },
  resources: { ...(requests && { requests }), ...(limits && { limits }) },
})

test('the cgroup of a pod gets what its containers ask for, and a limit where all of them have one', () => {
  const half = { cpu: '500m' }
  const one = { cpu: '1', memory: '64Mi' }
  const web = container('web', half, one)
  const limited = { cpuQuotaUs: 100_000, cpuPeriodUs: 100_000, memoryBytes: 2 ** 26 }
  const cases: readonly (readonly [string, Partial<PodSpec>, CgroupLimits])[] = [
    ['nothing', { containers: [container('web')] }, { cpuShares: 2 }],
    ['one', { containers: [web] }, { cpuShares: 512, ...limited }],
    ['one that is not limited', { containers: [web, container('log', half)] }, { cpuShares: 1024 }],
    [
      'an init container that wants more, and has no limit',
      { containers: [web], initContainers: [container('setup', { cpu: '2' })] },
      { cpuShares: 2048 },
    ],
    [
      'a sidecar',
      {
        containers: [web],
        initContainers: [container('proxy', half, one, { restartPolicy: 'Always' })],
      },
      { cpuShares: 1024, cpuQuotaUs: 200_000, cpuPeriodUs: 100_000, memoryBytes: 2 ** 27 },
    ],
    [
      'the pod itself',
      { containers: [container('web', half)], resources: { requests: half, limits: one } },
      { cpuShares: 512, ...limited },
    ],
    [
      'overhead',
      { containers: [web], overhead: { cpu: '250m' } },
      {
        ...{ cpuShares: 768, cpuPeriodUs: 100_000 },
        ...{ cpuQuotaUs: 125_000, memoryBytes: 2 ** 26 },
      },
    ],
  ]
  for (const [name, spec, expected] of cases) {
    const pod = podOf({ spec })
    assert.deepEqual(podCgroupLimits(pod, 'Burstable', undefined), expected, name)
  }
  const pod = podOf({ spec: { containers: [web] } })
  assert.equal(podCgroupLimits(pod, 'BestEffort', 7).pids, 7)
})
