import assert from 'node:assert/strict'
import test from 'node:test'
import type { Deployment, DeploymentSpec } from '../../../generated/types/index.ts'
import { refusalsOf, storedForm, updateRefusalsOf } from '../../../shared/refusals-fixture.ts'
import { deployments } from './index.ts'

const labels = { app: 'web' }

function deployment(spec: Partial<DeploymentSpec> = {}): Deployment {
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x' }] } }
  return { spec: { selector: { matchLabels: labels }, template, ...spec } }
}

const without = (name: keyof DeploymentSpec): Deployment => {
  const { [name]: _, ...spec } = deployment().spec!
  return { spec: spec as DeploymentSpec }
}

const refusals: readonly (readonly [string, Deployment, readonly string[]])[] = [
  [
    'no selector',
    without('selector'),
    [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'a selector that finds other pods',
    deployment({ selector: { matchLabels: { app: 'x' } } }),
    [
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'an empty selector',
    deployment({ selector: {} }),
    ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'fewer replicas than none',
    deployment({ replicas: -1 }),
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'nothing that may change',
    deployment({ strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } } }),
    [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
  ],
  [
    'more than all unavailable',
    deployment({ strategy: { rollingUpdate: { maxUnavailable: '101%' } } }),
    [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
  ],
  [
    'a rolling update that is recreated',
    deployment({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
    [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
  ],
  [
    'a strategy of its own',
    deployment({ strategy: { type: 'Big' } }),
    ['spec.strategy.type: Unsupported value: "Big": supported values: "Recreate", "RollingUpdate"'],
  ],
  [
    'a deadline before it counts as ready',
    deployment({ progressDeadlineSeconds: 5, minReadySeconds: 5 }),
    ['spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds'],
  ],
  [
    'pods that end',
    deployment({
      template: {
        metadata: { labels },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] },
      },
    }),
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    'nothing in it',
    {},
    [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ],
  ],
]

for (const [name, given, want] of refusals) {
  test(`a deployment with ${name} is refused`, () => {
    assert.deepEqual(refusalsOf(deployments, given), want)
  })
}

test('a deployment keeps its selector', () => {
  const after = deployment({
    selector: { matchLabels: { app: 'web', tier: 'x' } },
    template: { ...deployment().spec!.template, metadata: { labels: { app: 'web', tier: 'x' } } },
  })
  assert.deepEqual(updateRefusalsOf(deployments, deployment(), after), [
    'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
  ])
})

test('the scale of a deployment is its replicas, and writes them back', () => {
  const scale = deployments.subresources?.scale
  assert.ok(scale?.kind === 'projection')
  const stored = storedForm(deployments, deployment({ replicas: 3 }))
  assert.deepEqual(scale.read({ ...stored, status: { replicas: 2 } }), {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      name: 'a',
      namespace: 'b',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-02T03:04:05Z',
    },
    spec: { replicas: 3 },
    status: { replicas: 2, selector: 'app=web' },
  })
  const written = scale.write(stored, { spec: { replicas: 5 } } as never)
  assert.equal(written.spec?.replicas, 5)
  assert.equal(written.spec?.template, stored.spec?.template)
})
