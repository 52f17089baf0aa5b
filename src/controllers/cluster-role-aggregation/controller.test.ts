import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClusterRole, clusterRoles } from '#api'
import type { Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { clusterWide } from '../shared/objects-fixture.ts'
import { aggregateRules, clusterRoleAggregationController } from './controller.ts'

const rule = (...resources: readonly string[]) => ({ apiGroups: [''], resources, verbs: ['get'] })
type Rule = ReturnType<typeof rule>

function role(name: string, label: string, rules: readonly Rule[]): Stored<ClusterRole> {
  return clusterWide<ClusterRole>(name, { metadata: { labels: { [label]: 'true' } }, rules })
}

/** A role that gathers what carries one of the labels. */
function gathering(labels: readonly string[], rules: readonly Rule[] = []): Stored<ClusterRole> {
  const clusterRoleSelectors = labels.map((label) => ({ matchLabels: { [label]: 'true' } }))
  return { ...role('view', 'to-view', rules), aggregationRule: { clusterRoleSelectors } }
}

test('rules are gathered selector by selector, within one in the order of names', () => {
  const all = [role('a', 'x', [rule('pods')]), role('b', 'y', [rule('nodes')])]
  const more = [...all, role('c', 'x', [rule('jobs'), rule('services')])]
  assert.deepEqual(aggregateRules(gathering(['y', 'x']), more), [
    rule('nodes'),
    rule('pods'),
    rule('jobs'),
    rule('services'),
  ])
})

test('each rule stands once, and what no selector matches not at all', () => {
  const all = [
    role('a', 'x', [rule('pods')]),
    role('b', 'x', [rule('pods'), rule('pods', 'nodes')]),
    role('c', 'z', [rule('secrets')]),
  ]
  assert.deepEqual(aggregateRules(gathering(['x', 'x']), all), [
    rule('pods'),
    rule('pods', 'nodes'),
  ])
  assert.deepEqual(aggregateRules(gathering([]), all), [])
})

test('a role that matches itself does not keep its rules for ever', () => {
  const self = gathering(['to-view'], [rule('secrets')])
  assert.deepEqual(aggregateRules(self, [self]), [])
})

test('the role is written when its rules are others than before, and only one that gathers', async () => {
  const part = role('a', 'x', [rule('pods')])
  const loop = await loopOf(clusterRoleAggregationController, [
    [clusterRoles, part],
    [clusterRoles, gathering(['x'], [rule('secrets')])],
  ])
  const [write] = (await loop.reconcile('view')).writes
  assert.equal(write?.what, 'update clusterroles view')
  assert.deepEqual(((write?.sent ?? {}) as ClusterRole).rules, [rule('pods')])
  assert.deepEqual((await loop.reconcile('view')).writes, [])
  assert.deepEqual((await loop.reconcile('a')).writes, [])
})
