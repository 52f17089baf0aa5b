import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { flowSchemas, priorityLevelConfigurations } from '#api'
import { simulate } from '#testing'

const auto = 'apf.kubernetes.io/autoupdate-spec'

test('a cluster has the levels and schemas of upstream, each of which has its level', async () => {
  await using cluster = await simulate({ nodes: 0 })
  const levels = cluster.list(priorityLevelConfigurations)
  deepEqual(levels.map(({ metadata }) => metadata.name).toSorted(), [
    ...['catch-all', 'exempt', 'global-default', 'leader-election', 'node-high', 'system'],
    ...['workload-high', 'workload-low'],
  ])
  equal(cluster.list(flowSchemas).length, 11)
  await cluster.until(() =>
    cluster
      .list(flowSchemas)
      .every(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === 'Dangling' && is === 'False'),
      ),
  )
  const [first] = cluster.list(flowSchemas)
  const [condition] = first?.status?.conditions ?? []
  deepEqual(
    [condition?.reason, condition?.message],
    [
      'Found',
      'This FlowSchema references the PriorityLevelConfiguration object named "catch-all" and it exists',
    ],
  )
})

test('what is deleted comes again, and what is changed goes back unless somebody says it should not', async () => {
  await using cluster = await simulate({ nodes: 0 })
  const { client } = cluster
  const find = (name: string) =>
    cluster.list(flowSchemas).find(({ metadata }) => metadata.name === name)
  const before = find('system-nodes')?.metadata.uid
  await client.delete(flowSchemas, { name: 'system-nodes' })
  await cluster.until(() => (find('system-nodes')?.metadata.uid ?? before) !== before)
  const change = (annotation: string, matchingPrecedence: number) => {
    const patch = {
      metadata: { annotations: { [auto]: annotation } },
      spec: { matchingPrecedence },
    }
    return client.patch(flowSchemas, { name: 'system-nodes' }, { kind: 'merge', patch })
  }
  const precedence = () => find('system-nodes')?.spec?.matchingPrecedence
  await change('true', 501)
  await cluster.until(() => precedence() === 500)
  await change('false', 502)
  await cluster.advance('2m')
  equal(precedence(), 502)
  await client.create(flowSchemas, {
    metadata: { name: 'of-an-old-version', annotations: { [auto]: 'true' } },
    spec: { priorityLevelConfiguration: { name: 'system' } },
  })
  await cluster.until(() => find('of-an-old-version') === undefined)
})

test('a schema is told whether its level is there', async () => {
  await using cluster = await simulate({ nodes: 0 })
  const { client } = cluster
  const own = () => cluster.list(flowSchemas).find(({ metadata }) => metadata.name === 'own')
  const dangling = () => own()?.status?.conditions?.find(({ type }) => type === 'Dangling')
  await client.create(flowSchemas, {
    metadata: { name: 'own' },
    spec: { priorityLevelConfiguration: { name: 'own' } },
  })
  await cluster.until(() => dangling()?.status === 'True')
  equal(
    dangling()?.message,
    'This FlowSchema references the PriorityLevelConfiguration object named "own" but there is no such object',
  )
  await client.create(priorityLevelConfigurations, {
    metadata: { name: 'own' },
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  })
  await cluster.until(() => dangling()?.status === 'False')
  ok(
    own()?.metadata.managedFields?.some(
      ({ manager, subresource }) =>
        manager === 'api-priority-and-fairness-config-consumer-v1' && subresource === 'status',
    ),
  )
  await client.delete(priorityLevelConfigurations, { name: 'own' })
  await cluster.until(() => dangling()?.status === 'True')
})
