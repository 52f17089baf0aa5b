import { test } from 'node:test'
import { simulate } from '#testing'
import { checkThreeTiers, threeTiers } from '../../fixture/three-tiers.ts'

test('three tiers of one manifest reach each other by names, as they do on real nodes', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply(threeTiers)
  await cluster.until(() => cluster.deployment('web').available, { within: '5m' })
  await cluster.advance('10s')
  const web = cluster.pods({ app: 'web' })[0]?.name ?? ''
  await checkThreeTiers(async (script) => (await cluster.exec(web, ['sh', '-c', script])).stdout)
})
