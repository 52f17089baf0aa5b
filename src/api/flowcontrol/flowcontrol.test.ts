import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject, Resource } from '#machinery'
import type { FlowSchema, PriorityLevelConfiguration } from '../generated/types/index.ts'
import { refusalsOf as refusals, storedForm, updateRefusalsOf } from '../shared/refusals-fixture.ts'
import {
  flowSchemas,
  mandatoryFlowControl,
  priorityLevelConfigurations,
  suggestedFlowControl,
} from './index.ts'

/** Of a kind that has no namespaces. */
function refusalsOf<T extends KubeObject>(resource: Resource<T>, object: T): string[] {
  return refusals(resource, { ...object, metadata: { ...object.metadata, namespace: '' } })
}

const subjects = [{ kind: 'Group', group: { name: 'a' } }]
const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }

function schema(spec: object, name = 'a'): FlowSchema {
  const rules = [{ subjects, resourceRules: [all] }]
  return {
    metadata: { name },
    spec: { priorityLevelConfiguration: { name: 'b' }, rules, ...spec },
  }
}

function ruled(rule: object): FlowSchema {
  return schema({ rules: [{ subjects, ...rule }] })
}

const rule = 'spec.rules[0]'
const refusedSchemas: readonly (readonly [FlowSchema, readonly string[]])[] = [
  [schema({}), []],
  [
    schema({ matchingPrecedence: -1 }),
    ['spec.matchingPrecedence: Invalid value: -1: must be a positive value'],
  ],
  [
    schema({ matchingPrecedence: 10_001 }),
    ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
  ],
  [
    schema({ matchingPrecedence: 1 }),
    [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
  ],
  [
    schema({ priorityLevelConfiguration: { name: '' } }),
    ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
  ],
  [
    schema({ distinguisherMethod: { type: 'ByHair' } }),
    [
      'spec.distinguisherMethod.type: Unsupported value: "ByHair": supported values: "ByNamespace", "ByUser"',
    ],
  ],
  [
    schema({ rules: [{ subjects: [], resourceRules: [all] }] }),
    [`${rule}.subjects: Required value: subjects must contain at least one value`],
  ],
  [
    ruled({}),
    [
      `${rule}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty`,
    ],
  ],
  [
    ruled({ subjects: [{ kind: 'User', group: { name: 'a' } }], resourceRules: [all] }),
    [
      `${rule}.subjects[0].user: Required value: user is required when subject kind is 'User'`,
      `${rule}.subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'`,
    ],
  ],
  [
    ruled({
      subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: '' } }],
      resourceRules: [all],
    }),
    [
      `${rule}.subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account`,
    ],
  ],
  [
    ruled({ subjects: [{ kind: 'Cat' }], resourceRules: [all] }),
    [
      `${rule}.subjects[0].kind: Unsupported value: "Cat": supported values: "Group", "ServiceAccount", "User"`,
    ],
  ],
  [
    ruled({ resourceRules: [{ ...all, verbs: ['*', 'get'], namespaces: [] }] }),
    [
      `${rule}.resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
      `${rule}.resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
    ],
  ],
  [
    ruled({ resourceRules: [{ ...all, verbs: ['eat'] }] }),
    [
      `${rule}.resourceRules[0].verbs: Unsupported value: ["eat"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"`,
    ],
  ],
  [
    ruled({
      nonResourceRules: [
        { verbs: ['get'], nonResourceURLs: ['/a*', '/b/*', '/c//d', 'e', '/f g'] },
      ],
    }),
    [
      `${rule}.nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching`,
      `${rule}.nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/c//d": must not contain double slash`,
      `${rule}.nonResourceRules[0].nonResourceURLs[3]: Invalid value: "e": must start with slash`,
      `${rule}.nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/f g": must not contain white-space`,
    ],
  ],
]
for (const [object, texts] of refusedSchemas) {
  test(`a FlowSchema: ${texts[0] ?? 'as it should be'}`, () => {
    assert.deepEqual(refusalsOf(flowSchemas, object), texts)
  })
}

function level(spec: object, name = 'a'): PriorityLevelConfiguration {
  return { metadata: { name }, spec: { type: 'Limited', ...spec } }
}
function queued(queuing: object): PriorityLevelConfiguration {
  return level({ limited: { limitResponse: { type: 'Queue', queuing } } })
}

const response = 'spec.limited.limitResponse'
const refusedLevels: readonly (readonly [PriorityLevelConfiguration, readonly string[]])[] = [
  [queued({}), []],
  [level({}), ['spec.limited: Required value: must not be empty when type is Limited']],
  [
    level({ type: 'Exempt' }),
    ["spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"],
  ],
  [
    level({ type: 'Odd' }),
    ['spec.type: Unsupported value: "Odd": supported values: "Exempt", "Limited"'],
  ],
  [
    queued({ queues: 4 }),
    [`${response}.queuing.handSize: Invalid value: 8: should not be greater than queues (4)`],
  ],
  [
    queued({ queues: 512, handSize: 8 }),
    [
      `${response}.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60`,
    ],
  ],
  [
    queued({ queueLengthLimit: -1, queues: -1 }),
    [
      `${response}.queuing.queueLengthLimit: Invalid value: -1: must be positive`,
      `${response}.queuing.queues: Invalid value: -1: must be positive`,
      `${response}.queuing.handSize: Invalid value: 8: should not be greater than queues (-1)`,
    ],
  ],
  [
    level({
      limited: {
        limitResponse: { type: 'Queue' },
        lendablePercent: 101,
        borrowingLimitPercent: -1,
      },
    }),
    [
      `${response}.queuing: Required value: must not be empty if limited.limitResponse.type is Limited`,
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
      'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
    ],
  ],
  [
    level({ limited: { limitResponse: { type: 'Reject', queuing: {} } } }),
    [`${response}.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited`],
  ],
]
for (const [object, texts] of refusedLevels) {
  test(`a level: ${texts[0] ?? 'as it should be'}`, () => {
    assert.deepEqual(refusalsOf(priorityLevelConfigurations, object), texts)
  })
}

test('defaults are those of upstream', () => {
  assert.equal(storedForm(flowSchemas, schema({})).spec?.matchingPrecedence, 1000)
  const { limited } = storedForm(priorityLevelConfigurations, queued({})).spec ?? {}
  assert.deepEqual(limited, {
    nominalConcurrencyShares: 30,
    lendablePercent: 0,
    limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
  })
})

test('what the server brings itself is valid and needs no defaults', () => {
  for (const { levels, schemas } of [mandatoryFlowControl, suggestedFlowControl]) {
    for (const each of levels) {
      assert.deepEqual(refusalsOf(priorityLevelConfigurations, each), [])
      assert.deepEqual(storedForm(priorityLevelConfigurations, each).spec, each.spec)
    }
    for (const each of schemas) {
      assert.deepEqual(refusalsOf(flowSchemas, each), [])
      assert.deepEqual(storedForm(flowSchemas, each).spec, each.spec)
    }
  }
})

test('mandatory objects are fixed, but for what the exempt level lends', () => {
  const [, exempt] = mandatoryFlowControl.levels
  const [schemaExempt] = mandatoryFlowControl.schemas
  assert.ok(exempt && schemaExempt?.spec)
  const lends = { type: 'Exempt', exempt: { nominalConcurrencyShares: 5, lendablePercent: 10 } }
  assert.deepEqual(
    updateRefusalsOf(priorityLevelConfigurations, exempt, { ...exempt, spec: lends }),
    [],
  )
  const changed = { ...schemaExempt, spec: { ...schemaExempt.spec, matchingPrecedence: 2 } }
  const [refusal = ''] = updateRefusalsOf(flowSchemas, schemaExempt, changed)
  assert.match(refusal, /^spec: Invalid value: .*: spec of 'exempt' must equal the fixed value$/)
})
