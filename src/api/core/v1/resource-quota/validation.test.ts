import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stored } from '#machinery'
import type { FieldErrors } from '#machinery/validation'
import type { ResourceQuota } from '../../../generated/types/index.ts'
import { resourceQuotas } from './index.ts'

const { strategy, subresources } = resourceQuotas
const quota = (spec: object, more: object = {}): ResourceQuota => ({
  metadata: { name: 'q', namespace: 'ns' },
  spec,
  ...more,
})
const stored = (spec: object): Stored<ResourceQuota> => ({
  ...quota(spec),
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: {
    name: 'q',
    namespace: 'ns',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
})
const texts = (errors: FieldErrors) => errors.map(({ field, detail }) => `${field}: ${detail}`)

const selector = (...matchExpressions: readonly object[]) => ({
  scopeSelector: { matchExpressions },
})
const at = 'spec.scopeSelector.matchExpressions'
const exists = 'Exists'

const specs: readonly (readonly [object, readonly string[]])[] = [
  [{ hard: { 'requests.hugepages-2Mi': '1', 'count/a.b': '1', 'requests.a.b/c': '1' } }, []],
  [{ hard: { storage: '1' } }, ['spec.hard[storage]: must be a standard resource for quota']],
  [
    { hard: { nonsense: '1' } },
    [
      'spec.hard[nonsense]: must be a standard resource type or fully qualified',
      'spec.hard[nonsense]: must be a standard resource for quota',
    ],
  ],
  [{ hard: { pods: '500m' } }, ['spec.hard[pods]: must be an integer']],
  [{ hard: { pods: '-1' } }, ['spec.hard[pods]: must be greater than or equal to 0']],
  [{ scopes: ['Some'] }, ['spec.scopes: unsupported scope']],
  [
    { scopes: ['BestEffort'], hard: { pods: '1', 'limits.cpu': '1', 'a.b/c': '1' } },
    ['spec.scopes: unsupported scope applied to resource'],
  ],
  [
    { scopes: ['VolumeAttributesClass'], hard: { 'requests.storage': '1', pods: '1' } },
    ['spec.scopes: unsupported scope applied to resource'],
  ],
  [{ scopes: ['Terminating', 'NotTerminating'] }, ['spec.scopes: conflicting scopes']],
  [selector({ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }), []],
  [
    selector({ scopeName: 'PriorityClass', operator: 'In' }),
    [
      `${at}.values: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
    ],
  ],
  [
    selector({ scopeName: 'PriorityClass', operator: exists, values: ['a'] }),
    [
      `${at}.values: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
    ],
  ],
  [
    selector({ scopeName: 'Some', operator: 'Is' }),
    [`${at}.scopeName: unsupported scope`, `${at}.operator: not a valid selector operator`],
  ],
  [
    selector({ scopeName: 'BestEffort', operator: 'DoesNotExist' }),
    [
      `${at}.operator: must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
    ],
  ],
  [
    selector(
      { scopeName: 'BestEffort', operator: exists },
      { scopeName: 'NotBestEffort', operator: exists },
    ),
    [`${at}: conflicting scopes`],
  ],
]
for (const [spec, wanted] of specs) {
  test(`a quota of ${JSON.stringify(spec)} has ${wanted.length} faults`, () => {
    assert.deepEqual(texts(strategy.validate(quota(spec))), wanted)
  })
}

test('scopes stay, in any order', () => {
  const old = stored({ scopes: ['Terminating', 'BestEffort'] })
  const change = (scopes: readonly string[]) =>
    texts(strategy.validateUpdate({ ...old, spec: { scopes } }, old))
  assert.deepEqual(change(['BestEffort', 'Terminating']), [])
  assert.deepEqual(change(['BestEffort']), ['spec.scopes: field is immutable'])
})

test('a status speaks of resources that quotas know', () => {
  const status = { hard: { nonsense: '1' }, used: { pods: '-1' } }
  const part = subresources?.status
  assert.ok(part?.kind === 'part')
  const old = stored({})
  assert.deepEqual(texts(part.validateUpdate({ ...old, status }, old)), [
    'status.hard[nonsense]: must be a standard resource type or fully qualified',
    'status.hard[nonsense]: must be a standard resource for quota',
    'status.used[pods]: must be greater than or equal to 0',
  ])
})

test('more requests than limits are warned of when the quota is made', () => {
  const hard = { cpu: '2', 'limits.cpu': '1', 'requests.memory': '1Gi', 'limits.memory': '1Gi' }
  assert.deepEqual(strategy.warnings?.(quota({ hard })), [
    'ResourceQuota cpu (2) should be less than limits.cpu (1)',
  ])
  assert.deepEqual(strategy.warnings?.(quota({ hard }), stored({ hard })), [])
})
