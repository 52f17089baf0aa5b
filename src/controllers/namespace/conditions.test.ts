import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nowMs } from '../shared/objects-fixture.ts'
import { type Findings, namespaceConditions } from './conditions.ts'

const nothing: Findings = { discoveryFailures: [], deletionFailures: [], remaining: [] }

function conditionsAfter(findings: Partial<Findings>) {
  const conditions = namespaceConditions(undefined, { ...nothing, ...findings }, nowMs)
  return conditions
    .filter(({ status }) => status === 'True')
    .map(({ type, reason, message }) => [type, reason, message])
}

test('all five conditions stand, in their order, when nothing is wrong', () => {
  assert.deepEqual(
    namespaceConditions(undefined, nothing, nowMs).map(({ type, status, reason }) => [
      type,
      status,
      reason,
    ]),
    [
      ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered'],
      ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions'],
      ['NamespaceDeletionContentFailure', 'False', 'ContentDeleted'],
      ['NamespaceContentRemaining', 'False', 'ContentRemoved'],
      ['NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers'],
    ],
  )
})

test('what remains is told by resource, and what it waits for by finalizer', () => {
  const remaining = [
    {
      resource: { group: 'apps', plural: 'deployments' },
      count: 1,
      finalizers: new Map([['example.com/hold', 1]]),
    },
    {
      resource: { group: '', plural: 'pods' },
      count: 2,
      finalizers: new Map([
        ['example.com/hold', 2],
        ['a.example.com/other', 1],
      ]),
    },
  ]
  assert.deepEqual(conditionsAfter({ remaining }), [
    [
      'NamespaceContentRemaining',
      'SomeResourcesRemain',
      'Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
    ],
    [
      'NamespaceFinalizersRemaining',
      'SomeFinalizersRemain',
      'Some content in the namespace has finalizers remaining: a.example.com/other in 1 resource instances, example.com/hold in 3 resource instances',
    ],
  ])
})

test('failures to discover and to delete are told', () => {
  assert.deepEqual(
    conditionsAfter({ discoveryFailures: ['a/v1: gone'], deletionFailures: ['z', 'b'] }),
    [
      [
        'NamespaceDeletionDiscoveryFailure',
        'DiscoveryFailed',
        'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: a/v1: gone',
      ],
      [
        'NamespaceDeletionContentFailure',
        'ContentDeletionFailed',
        'Failed to delete all resource types, 2 remaining: b, z',
      ],
    ],
  )
})
