import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Job } from '../../../generated/types/index.ts'
import { refusalsOf, storedForm, updateRefusalsOf } from '../../../shared/refusals-fixture.ts'
import { jobs } from './index.ts'

type Spec = Partial<NonNullable<Job['spec']>>

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } }
const job = (spec: Spec = {}, status?: Job['status']): Job => ({
  spec: { template, ...spec },
  ...(status ? { status } : {}),
})
const refusals = (spec: Spec) => refusalsOf(jobs, job(spec))
const indexed: Spec = { completionMode: 'Indexed', completions: 3, parallelism: 2 }

describe('a Job is refused', () => {
  const cases: readonly (readonly [string, Spec, readonly string[]])[] = [
    [
      'with nothing wrong, it is not',
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      [],
    ],
    [
      'with limits of indexes that it has not',
      { backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      [
        'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      'with more failed indexes than there are, and no limit to fail by',
      { ...indexed, maxFailedIndexes: 4 },
      [
        'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
        'spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions',
      ],
    ],
    [
      'with more indexes at once than can be counted',
      { ...indexed, completions: 100_001, parallelism: 100_001, backoffLimitPerIndex: 1 },
      [
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
        'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    ],
    [
      'with another manager than a name with a domain',
      { managedBy: 'me' },
      [
        'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
      ],
    ],
    [
      'with a policy of failures and pods that go on by themselves, or are replaced early',
      {
        podFailurePolicy: { rules: [] },
        podReplacementPolicy: 'TerminatingOrFailed',
        template: { ...template, spec: { ...template.spec, restartPolicy: 'OnFailure' } },
      },
      [
        'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    ],
    [
      'with rules that say too much, too little or nonsense',
      {
        podFailurePolicy: {
          rules: [
            { action: 'Count' },
            {
              action: 'FailIndex',
              onExitCodes: { operator: 'In', values: [1, 0, 1], containerName: 'other' },
            },
            { action: 'Retry', onExitCodes: { operator: 'Is', values: [] } },
            {
              action: '',
              onExitCodes: { operator: 'NotIn', values: [2] },
              onPodConditions: [{ type: 'Ready', status: 'Maybe' }, { type: 'a b' }],
            },
          ],
        },
      },
      [
        'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
        'spec.podFailurePolicy.rules[1].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[1].onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[1].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[1].onExitCodes.values[2]: Duplicate value: 1',
        'spec.podFailurePolicy.rules[1].onExitCodes.values: Invalid value: [1,0,1]: must be ordered',
        'spec.podFailurePolicy.rules[2].action: Unsupported value: "Retry": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
        'spec.podFailurePolicy.rules[2].onExitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
        'spec.podFailurePolicy.rules[2].onExitCodes.values: Invalid value: []: at least one value is required',
        'spec.podFailurePolicy.rules[3].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        'spec.podFailurePolicy.rules[3].onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
        "spec.podFailurePolicy.rules[3].onPodConditions[1].type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        'spec.podFailurePolicy.rules[3]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported',
      ],
    ],
    [
      'with a policy of success for indexes that it has not',
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      [
        'spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode',
      ],
    ],
    [
      'with no rule of success',
      { ...indexed, successPolicy: { rules: [] } },
      [
        'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
      ],
    ],
    [
      'with rules of success that nothing satisfies',
      {
        ...indexed,
        successPolicy: {
          rules: [
            {},
            { succeededCount: 4 },
            { succeededIndexes: '0-1', succeededCount: 3 },
            { succeededIndexes: '1,x' },
            { succeededIndexes: '3' },
            { succeededIndexes: '2-1' },
          ],
        },
      },
      [
        'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
        'spec.successPolicy.rules[1].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
        'spec.successPolicy.rules[2].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[3].succeededIndexes: Invalid value: "1,x": error parsing succeededIndexes: cannot convert string to integer for index: "x"',
        'spec.successPolicy.rules[4].succeededIndexes: Invalid value: "3": error parsing succeededIndexes: too large index: "3"',
        'spec.successPolicy.rules[5].succeededIndexes: Invalid value: "2-1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1',
      ],
    ],
  ]
  for (const [name, spec, expected] of cases) {
    test(name, () => assert.deepEqual(refusals(spec), expected))
  }
})

test('a condition that a rule names is one that is so, unless it says otherwise', () => {
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }]
  const { spec } = storedForm(jobs, job({ podFailurePolicy: { rules } }))
  const [pattern] = spec?.podFailurePolicy?.rules[0]?.onPodConditions ?? []
  assert.deepEqual(pattern, { type: 'DisruptionTarget', status: 'True' })
})

describe('a Job that stands', () => {
  const matchLabels = { app: 'work' }
  const own = { ...template, metadata: { labels: matchLabels } }
  const existingJob = (spec: Spec) =>
    job({ manualSelector: true, selector: { matchLabels }, template: own, ...spec })
  const immutable = (field: string, value: string) =>
    `spec.${field}: Invalid value: ${value}: field is immutable`

  test('keeps its limits of indexes', () => {
    const changed = existingJob({ ...indexed, backoffLimitPerIndex: 2 })
    const before = existingJob({ ...indexed, backoffLimitPerIndex: 1 })
    assert.deepEqual(updateRefusalsOf(jobs, before, changed), [
      immutable('backoffLimitPerIndex', '2'),
    ])
  })

  test('changes the number of its indexes only with how many run at once', () => {
    const elastic = (completions: number, parallelism: number) =>
      existingJob({ completionMode: 'Indexed', completions, parallelism })
    assert.deepEqual(updateRefusalsOf(jobs, elastic(3, 3), elastic(5, 5)), [])
    assert.deepEqual(updateRefusalsOf(jobs, elastic(3, 3), elastic(5, 3)), [
      'spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism',
    ])
    const plain = updateRefusalsOf(
      jobs,
      existingJob({ completions: 3 }),
      existingJob({ completions: 5 }),
    )
    assert.deepEqual(plain, [immutable('completions', '5')])
  })

  test('changes where its pods may run, and what they get, only while it is suspended', () => {
    const before = { suspend: true }
    const [container] = template.spec.containers
    const roomier = [{ name: 'c', image: 'x', resources: { requests: { cpu: '1' } } }]
    const moved = { ...own, spec: { ...template.spec, nodeSelector: { a: 'b' } } }
    const grown = { ...own, spec: { ...template.spec, containers: roomier } }
    const other = {
      ...own,
      spec: { ...template.spec, containers: [{ name: 'c', ...container, image: 'y' }] },
    }
    const isRefused = (changed: Spec, old: Spec = before) =>
      updateRefusalsOf(jobs, existingJob(old), existingJob({ ...old, ...changed })).length > 0
    assert.equal(isRefused({ template: moved }), false)
    assert.equal(isRefused({ template: grown }), false)
    assert.equal(isRefused({ template: other }), true)
    assert.equal(isRefused({ template: moved }, { suspend: false }), true)
  })
})
