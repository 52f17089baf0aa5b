import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodFailurePolicy } from '#api'
import { podWith } from '../shared/objects-fixture.ts'
import { type FailureVerdict, judgeFailure } from './failure-policy.ts'

type Rule = PodFailurePolicy['rules'][number]

const ended = (name: string, exitCode: number) => ({
  ...{ name, image: '', imageID: '', ready: false, restartCount: 0 },
  state: { terminated: { exitCode } },
})
const pod = podWith('a', {
  phase: 'Failed',
  status: {
    phase: 'Failed',
    initContainerStatuses: [ended('setup', 0), ended('proxy', 7)],
    containerStatuses: [ended('main', 3), ended('log', 0)],
    conditions: [
      { type: 'DisruptionTarget', status: 'True' },
      { type: 'Ready', status: 'False' },
    ],
  },
})

const codes = (
  action: string,
  operator: string,
  values: readonly number[],
  name?: string,
): Rule => ({
  action,
  onExitCodes: { operator, values, ...(name ? { containerName: name } : {}) },
})
const condition = (action: string, type: string, status?: string): Rule => ({
  action,
  onPodConditions: [{ type, ...(status ? { status } : {}) }],
})

test('the first rule that fits the end of a pod decides', () => {
  const counted = { counts: true }
  const cases: readonly (readonly [string, readonly Rule[], FailureVerdict])[] = [
    ['no rule', [], counted],
    ['another code', [codes('FailJob', 'In', [4])], counted],
    ['a code', [codes('Count', 'In', [4, 3])], { action: 'Count', ...counted }],
    ['all but others', [codes('Ignore', 'NotIn', [4])], { action: 'Ignore', counts: false }],
    ['all but itself', [codes('Ignore', 'NotIn', [3, 7])], counted],
    ['success is no failure', [codes('Ignore', 'NotIn', [1], 'log')], counted],
    ['a code of another container', [codes('Ignore', 'In', [3], 'log')], counted],
    ['an init container', [codes('FailIndex', 'In', [7])], { action: 'FailIndex', ...counted }],
    ['a condition', [condition('Ignore', 'DisruptionTarget')], { action: 'Ignore', counts: false }],
    ['a condition that is not so', [condition('Ignore', 'Ready')], counted],
    [
      'one that is to be not so',
      [condition('Ignore', 'Ready', 'False')],
      { action: 'Ignore', counts: false },
    ],
    [
      'an earlier rule',
      [codes('Count', 'In', [3]), condition('Ignore', 'DisruptionTarget')],
      { action: 'Count', ...counted },
    ],
    [
      'all is over for a code',
      [condition('Ignore', 'Other'), codes('FailJob', 'In', [7])],
      {
        action: 'FailJob',
        counts: true,
        failsJob:
          'Container proxy for pod ns/a failed with exit code 7 matching FailJob rule at index 1',
      },
    ],
    [
      'all is over for a condition',
      [condition('FailJob', 'DisruptionTarget')],
      {
        action: 'FailJob',
        counts: true,
        failsJob: 'Pod ns/a has condition DisruptionTarget matching FailJob rule at index 0',
      },
    ],
  ]
  for (const [name, rules, expected] of cases) {
    assert.deepEqual(judgeFailure({ rules }, pod), expected, name)
  }
  assert.deepEqual(judgeFailure(undefined, pod), counted)
})
