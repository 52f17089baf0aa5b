import { after, before, test } from 'node:test'
import { type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { checkThreeTiers, threeTiers } from '../fixture/three-tiers.ts'

let cluster: RealCluster

before(async () => {
  cluster = await startRealCluster('--nodes', '2')
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

test('three tiers of one manifest reach each other by names, as they do in a simulation', async () => {
  await cluster.apply(threeTiers)
  for (const what of ['statefulset/db', 'deployment/api', 'deployment/web']) {
    await cluster.kubectl('rollout', 'status', what, '--timeout=180s')
  }
  await checkThreeTiers(async (script) => {
    const command = ['exec', 'deployment/web', '--', 'sh', '-c', script]
    return (await cluster.tryKubectl(command)).stdout
  })
})
