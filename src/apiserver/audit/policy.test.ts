import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserInfo } from '#machinery'
import { type AuditedRequest, type AuditRule, auditEvaluator } from './policy.ts'

const user: UserInfo = { name: 'jane', groups: ['devs', 'system:authenticated'] }
const pod = {
  kind: 'resource',
  verb: 'get',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: 'web',
} as const
const path = (at: string): AuditedRequest => ({ kind: 'nonResource', verb: 'get', path: at })

/** Rules, and what is asked: whether they are about it. */
const cases: readonly (readonly [Omit<AuditRule, 'level'>, AuditedRequest, boolean])[] = [
  [{}, pod, true],
  [{}, path('/version'), true],
  [{ users: ['jane'] }, pod, true],
  [{ users: ['joe'] }, pod, false],
  [{ userGroups: ['ops', 'devs'] }, pod, true],
  [{ userGroups: ['ops'] }, pod, false],
  [{ verbs: ['get'] }, path('/version'), true],
  [{ verbs: ['list'] }, pod, false],
  [{ namespaces: ['default'] }, pod, true],
  [{ namespaces: [''] }, pod, false],
  [{ namespaces: [''] }, { ...pod, namespace: '' }, true],
  [{ namespaces: [''] }, path('/version'), false],
  [{ resources: [{ group: '' }] }, pod, true],
  [{ resources: [{ group: 'apps' }] }, pod, false],
  [{ resources: [{ group: '*', resources: ['pods'] }] }, pod, true],
  [{ resources: [{ resources: ['pods'] }] }, { ...pod, subresource: 'log' }, false],
  [{ resources: [{ resources: ['pods/log'] }] }, { ...pod, subresource: 'log' }, true],
  [{ resources: [{ resources: ['pods/log'] }] }, pod, false],
  [{ resources: [{ resources: ['pods/*'] }] }, { ...pod, subresource: 'log' }, true],
  [{ resources: [{ resources: ['pods/*'] }] }, pod, true],
  [{ resources: [{ resources: ['*/log'] }] }, { ...pod, subresource: 'log' }, true],
  [{ resources: [{ resources: ['*/log'] }] }, pod, false],
  [{ resources: [{ resources: ['*'] }] }, { ...pod, subresource: 'log' }, true],
  [{ resources: [{ resources: ['pods'], resourceNames: ['web'] }] }, pod, true],
  [{ resources: [{ resources: ['pods'], resourceNames: ['db'] }] }, pod, false],
  [{ nonResourceURLs: ['/healthz*'] }, path('/healthz/ping'), true],
  [{ nonResourceURLs: ['/healthz'] }, path('/healthz/ping'), false],
  [{ nonResourceURLs: ['*'] }, path('/version'), true],
  [{ nonResourceURLs: ['*'] }, pod, false],
]

for (const [rule, asked, isAbout] of cases) {
  const what = asked.kind === 'resource' ? Object.values(asked).join(' ') : asked.path
  test(`${JSON.stringify(rule)} is ${isAbout ? '' : 'not '}about ${what}`, () => {
    const evaluate = auditEvaluator({ rules: [{ level: 'Metadata', ...rule }] })
    assert.equal(evaluate(asked, user).level, isAbout ? 'Metadata' : 'None')
  })
}

test('the first rule that matches counts, with the stages that the policy and it leave out', () => {
  const evaluate = auditEvaluator({
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      { level: 'None', verbs: ['list'] },
      { level: 'Request', users: ['jane'], omitStages: ['Panic'], omitManagedFields: false },
      { level: 'Metadata' },
    ],
  })
  assert.equal(evaluate({ ...pod, verb: 'list' }, user).level, 'None')
  const omitStages = new Set(['RequestReceived', 'Panic'])
  assert.deepEqual(evaluate(pod, user), { level: 'Request', omitStages, omitManagedFields: false })
  assert.deepEqual(evaluate(pod, undefined), {
    level: 'Metadata',
    omitStages: new Set(['RequestReceived']),
    omitManagedFields: true,
  })
})
