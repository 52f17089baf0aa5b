import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CustomResourceDefinition, customResourceDefinitions } from '#api'
import type { Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { clusterWide, secondsAgo } from '../shared/objects-fixture.ts'
import { customResourceApprovalController } from './approval.ts'
import { customResourceCleanupController } from './cleanup.ts'
import { customResourceEstablishingController } from './establishing.ts'
import { planNames } from './names.ts'

type Names = CustomResourceDefinition['spec']['names']
type Status = NonNullable<CustomResourceDefinition['status']>

function definition(
  names: Names,
  status: Status = {},
  more: Partial<CustomResourceDefinition> = {},
): Stored<CustomResourceDefinition> {
  return clusterWide<CustomResourceDefinition>(`${names.plural}.example.com`, {
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names,
      versions: [{ name: 'v1', served: true, storage: true }],
    },
    status,
    ...more,
  })
}

const names: Names = {
  plural: 'widgets',
  singular: 'widget',
  kind: 'Widget',
  listKind: 'WidgetList',
  shortNames: ['w', 'wd'],
}
const condition = (type: string, status: string) => ({ type, status })

describe('the names of a kind', () => {
  const others: readonly (readonly [string, Names, string, string])[] = [
    ['none', { plural: 'x', kind: 'X' }, 'NoConflicts', 'no conflicts found'],
    [
      'the plural',
      { plural: 'widgets', kind: 'X' },
      'PluralConflict',
      '"widgets" is already in use',
    ],
    [
      'two short names',
      { plural: 'x', kind: 'X', shortNames: ['wd', 'w'] },
      'ShortNamesConflict',
      '["w" is already in use, "wd" is already in use]',
    ],
    ['the kind', { plural: 'x', kind: 'Widget' }, 'KindConflict', '"Widget" is already in use'],
    [
      'the kind as its list',
      { plural: 'x', kind: 'X', listKind: 'Widget' },
      'KindConflict',
      '"Widget" is already in use',
    ],
  ]
  for (const [what, held, reason, message] of others) {
    test(`are given as far as nobody else has them: ${what}`, () => {
      const wanting = definition(names)
      const plan = planNames(wanting, [wanting, definition(held, { acceptedNames: held })])
      assert.deepEqual([plan.namesAccepted.reason, plan.namesAccepted.message], [reason, message])
      assert.equal(plan.established.reason, reason === 'NoConflicts' ? 'Installing' : 'NotAccepted')
    })
  }

  test('that it has are no conflict, and those of other groups neither', () => {
    const own = definition(names, { acceptedNames: names })
    const changed = definition({ ...names, shortNames: ['w', 'new'] }, own.status)
    const foreign = definition(names, { acceptedNames: { ...names, shortNames: ['new'] } })
    const elsewhere = { ...foreign, spec: { ...foreign.spec, group: 'example.org' } }
    const plan = planNames(changed, [own, elsewhere])
    assert.deepEqual(plan.accepted.shortNames, ['w', 'new'])
    assert.equal(plan.namesAccepted.status, 'True')
  })
})

test('a kind with names is established, unless its conversion cannot be trusted', async () => {
  const named = { conditions: [condition('NamesAccepted', 'True')] }
  const bad = {
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: { caBundle: 'eA==' }, conversionReviewVersions: ['v1'] },
    },
  }
  for (const [more, reason] of [
    [{}, 'InitialNamesAccepted'],
    [bad, 'InvalidCABundle'],
  ] as const) {
    const wanting = definition(names, named)
    const spec = { ...wanting.spec, ...more }
    const loop = await loopOf(customResourceEstablishingController, [
      [customResourceDefinitions, { ...wanting, spec } as Stored],
    ])
    const [write] = (await loop.reconcile('widgets.example.com')).writes
    // Cast: the only write is of the status.
    const written = write?.sent as CustomResourceDefinition | undefined
    assert.equal(
      written?.status?.conditions?.find(({ type }) => type === 'Established')?.reason,
      reason,
    )
  }
})

test('the approval of a kind of the project is written once', async () => {
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' }
  const wanting = definition(names, {}, { metadata: { annotations } })
  const loop = await loopOf(customResourceApprovalController, [
    [
      customResourceDefinitions,
      { ...wanting, spec: { ...wanting.spec, group: 'a.k8s.io' } } as Stored,
    ],
  ])
  const [write] = (await loop.reconcile('widgets.example.com')).writes
  // Cast: the only write is of the status.
  const written = write?.sent as Stored<CustomResourceDefinition>
  const [approval] = written.status?.conditions ?? []
  assert.deepEqual(
    [approval?.type, approval?.status, approval?.reason],
    ['KubernetesAPIApprovalPolicyConformant', 'False', 'UnapprovedAnnotation'],
  )
  loop.put(customResourceDefinitions, {
    ...written,
    metadata: { ...written.metadata, resourceVersion: '2' },
  })
  assert.deepEqual((await loop.reconcile('widgets.example.com')).writes, [])
})

test('a kind that was never established goes without a look for objects', async () => {
  const metadata = {
    deletionTimestamp: secondsAgo(1),
    finalizers: ['customresourcecleanup.apiextensions.k8s.io', 'example.com/other'],
  }
  const leaving = definition(names, {}, { metadata })
  const loop = await loopOf(customResourceCleanupController, [[customResourceDefinitions, leaving]])
  const { writes } = await loop.reconcile('widgets.example.com')
  // Cast: statuses are all that is written.
  const last = writes.at(-1)?.sent as Stored<CustomResourceDefinition>
  assert.deepEqual(last.metadata.finalizers, ['example.com/other'])
  assert.equal(last.status?.conditions?.at(-1)?.reason, 'NeverEstablished')
})
