import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fieldErrorMessage } from '#machinery/validation'
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  MetricTarget,
} from '../../../generated/types/autoscaling-v2.ts'
import { horizontalPodAutoscalers } from './index.ts'
import { validateAutoscaler, validateAutoscalerUpdate } from './validation.ts'

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const autoscaler = (spec: Partial<HorizontalPodAutoscalerSpec>): HorizontalPodAutoscaler => ({
  metadata: { name: 'web' },
  spec: { scaleTargetRef, maxReplicas: 5, ...spec },
})
const faults = (spec: Partial<HorizontalPodAutoscalerSpec>) =>
  validateAutoscaler(autoscaler(spec)).map(fieldErrorMessage)
const target = (more: MetricTarget) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: more },
})
const use = { type: 'Utilization', averageUtilization: 50 }

/** What is wrong with a spec, in the words of kube-apiserver. */
const wrong: readonly (readonly [
  what: string,
  spec: Partial<HorizontalPodAutoscalerSpec>,
  messages: readonly string[],
])[] = [
  [
    'a target without a group',
    { scaleTargetRef: { ...scaleTargetRef, apiVersion: 'v1' } },
    ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
  ],
  [
    'a target that no path can name',
    { scaleTargetRef: { apiVersion: 'a/b/c', kind: '..', name: 'a/b' } },
    [
      'spec.scaleTargetRef.kind: Invalid value: "..": may not be \'..\'',
      'spec.scaleTargetRef.name: Invalid value: "a/b": may not contain \'/\'',
      'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
  ],
  [
    'numbers that bound nothing',
    { minReplicas: 2, maxReplicas: 0 },
    [
      'spec.maxReplicas: Required value: must be set and greater than 0',
      'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
    ],
  ],
  [
    'a use of nothing, and two at once',
    { metrics: [target({ type: 'Value' }), target({ ...use, averageValue: '0' })] },
    [
      'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      'spec.metrics[1].resource.target.averageValue: Invalid value: "0": must be positive',
      'spec.metrics[1].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ],
  ],
  [
    'members of other types',
    {
      metrics: [
        { ...target(use), pods: { metric: { name: 'hits' }, target: { type: 'Share' } } },
        { type: 'External' },
      ],
    },
    [
      'spec.metrics[0].pods.target.type: Invalid value: "Share": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
      'spec.metrics[0].pods: Forbidden: must populate the given metric source only',
      'spec.metrics[1].external: Required value: must populate information for the given metric source',
    ],
  ],
  [
    'a behaviour out of bounds',
    {
      behavior: {
        scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Most', policies: [] },
        scaleDown: { policies: [{ type: 'Nodes', value: 0, periodSeconds: 1801 }] },
      },
    },
    [
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Most": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
      'spec.behavior.scaleDown.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
      'spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ],
]

describe('an autoscaler', () => {
  for (const [what, spec, messages] of wrong) {
    test(`is refused for ${what}`, () => assert.deepEqual(faults(spec), messages))
  }

  test('is taken where all is right, also for a ReplicationController, which has no group', () => {
    const controller = { apiVersion: 'v1', kind: 'ReplicationController', name: 'web' }
    assert.deepEqual(faults({ metrics: [target(use)], scaleTargetRef: controller }), [])
  })

  test('may keep a target that lacks its group while nothing else is said of it', () => {
    const old = autoscaler({ scaleTargetRef: { kind: 'Deployment', name: 'web' } })
    const renamed = autoscaler({ scaleTargetRef: { kind: 'Deployment', name: 'api' } })
    assert.deepEqual(validateAutoscalerUpdate(renamed, old), [])
    const other = autoscaler({ scaleTargetRef: { kind: 'StatefulSet', name: 'web' } })
    assert.equal(validateAutoscalerUpdate(other, old).length, 1)
  })

  test('has both directions of its behaviour whole where it says anything of one', () => {
    const policies = [{ type: 'Pods', value: 1, periodSeconds: 60 }]
    const given = autoscaler({ behavior: { scaleDown: { policies } } })
    // Cast: the strategy keeps the kind.
    const whole = horizontalPodAutoscalers.strategy.default?.(given) as HorizontalPodAutoscaler
    const { spec } = whole
    const twice = { type: 'Percent', value: 100, periodSeconds: 15 }
    assert.deepEqual(spec?.behavior, {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, twice],
      },
      scaleDown: { selectPolicy: 'Max', policies },
    })
  })
})
