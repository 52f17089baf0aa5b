import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, podDisruptionBudgets } from '#api'
import { startCluster } from './cluster-fixture.ts'

const labels = { app: 'web' }

for (const [spec, allowed, healthy] of [
  [{ maxUnavailable: 1 }, 1, 3],
  [{ minAvailable: 3 }, 1, 3],
  [{ minAvailable: '80%' }, 0, 4],
  [{ maxUnavailable: '50%' }, 2, 2],
] as const) {
  test(`of four pods, ${JSON.stringify(spec)} lets ${allowed} go`, async () => {
    await using cluster = await startCluster({ nodes: ['a'] })
    const metadata = { name: 'web', namespace: 'default' }
    const selector = { matchLabels: labels }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } }
    await cluster.create(deployments, { metadata, spec: { replicas: 4, selector, template } })
    await cluster.create(podDisruptionBudgets, { metadata, spec: { ...spec, selector } })
    await cluster.until('all pods are healthy', async () => {
      const budget = await cluster.get(podDisruptionBudgets, 'default/web')
      return budget?.status?.currentHealthy === 4
    })
    const { status } = (await cluster.get(podDisruptionBudgets, 'default/web')) ?? {}
    equal(status?.disruptionsAllowed, allowed)
    equal(status?.desiredHealthy, healthy)
    equal(status?.expectedPods, 4)
    deepEqual(
      status?.conditions?.map(({ type, reason }) => [type, reason]),
      [['DisruptionAllowed', allowed > 0 ? 'SufficientPods' : 'InsufficientPods']],
    )
  })
}
