import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HorizontalPodAutoscaler as Stored } from '../../../generated/types/autoscaling-v2.ts'
import { fromStored, toStored } from './conversion.ts'

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})
const prefix = 'autoscaling.alpha.kubernetes.io'

test('the use of the CPU is a field of v1, and 80 percent where nothing is said', () => {
  const metadata = { name: 'web' }
  const given = { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 60 }
  const stored = toStored({ metadata, spec: given })
  assert.equal(stored.apiVersion, 'autoscaling/v2')
  assert.deepEqual(stored.spec, { scaleTargetRef, maxReplicas: 5, metrics: [cpu(60)] })
  assert.deepEqual(fromStored(stored).spec, given)
  const unsaid = toStored({ metadata, spec: { scaleTargetRef, maxReplicas: 5 } })
  assert.deepEqual(unsaid.spec?.metrics, [cpu(80)])
})

test('what v1 has no fields for stands in annotations, and comes back from there as it was', () => {
  const selector = { matchLabels: { a: 'b' } }
  const stored: Stored = {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata: { name: 'web', annotations: { own: 'x' } },
    spec: {
      scaleTargetRef,
      maxReplicas: 5,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
        },
        {
          type: 'ContainerResource',
          containerResource: {
            name: 'cpu',
            container: 'main',
            target: { type: 'Utilization', averageUtilization: 7 },
          },
        },
        {
          type: 'Pods',
          pods: {
            metric: { name: 'hits', selector },
            target: { type: 'AverageValue', averageValue: '10' },
          },
        },
        {
          type: 'Object',
          object: {
            describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
            metric: { name: 'load' },
            target: { type: 'Value', value: '3' },
          },
        },
        {
          type: 'External',
          external: { metric: { name: 'queue', selector }, target: { type: 'Value', value: '4' } },
        },
        cpu(60),
      ],
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: 'Pods', value: 1, periodSeconds: 5 }],
        },
      },
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 3,
      conditions: [{ type: 'AbleToScale', status: 'True' }],
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 42, averageValue: '420m' } },
        },
      ],
    },
  }
  const shown = fromStored(stored)
  assert.equal(shown.apiVersion, 'autoscaling/v1')
  assert.equal(shown.spec?.targetCPUUtilizationPercentage, 60)
  assert.equal(shown.status?.currentCPUUtilizationPercentage, 42)
  const { annotations = {} } = shown.metadata ?? {}
  assert.deepEqual(Object.keys(annotations), [
    ...['own', `${prefix}/metrics`, `${prefix}/current-metrics`, `${prefix}/behavior`],
    `${prefix}/conditions`,
  ])
  assert.deepEqual(JSON.parse(annotations[`${prefix}/metrics`] ?? '')[2], {
    type: 'Pods',
    pods: { metricName: 'hits', targetAverageValue: '10', selector },
  })
  assert.equal(
    annotations[`${prefix}/behavior`],
    '{"ScaleDown":{"StabilizationWindowSeconds":0,"Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":5}]}}',
  )
  assert.deepEqual(toStored(shown), stored)
})

test('annotations that cannot be read count as none', () => {
  const annotations = { [`${prefix}/metrics`]: '{', [`${prefix}/behavior`]: 'no' }
  const spec = { scaleTargetRef, maxReplicas: 1 }
  const stored = toStored({ metadata: { name: 'a', annotations }, spec })
  assert.deepEqual(stored.spec?.metrics, [cpu(80)])
  assert.equal(stored.metadata?.annotations, undefined)
})
