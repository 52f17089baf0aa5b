import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Simulation, simulate } from '#testing'
import { drainNode } from '../../../src/cli/cluster/drain.ts'

const template = (app: string) => `
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec: {containers: [{name: main, image: nginx}]}
`

const manifests = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:${template('agent')}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2${template('web')}
`

const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
`

async function spread(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 2 })
  await cluster.apply(manifests)
  await cluster.until(() => cluster.deployment('web').readyReplicas === 2)
  await cluster.advance('10s')
  return cluster
}

/** Drains node-1; who waits moves the cluster's time. */
async function drain(cluster: Simulation, limitMs?: number) {
  const said = { out: '', err: '' }
  const world = {
    clock: {
      monotonicMs: () => cluster.elapsedMs,
      sleep: (ms: number) => cluster.advance(ms),
    },
    terminal: {
      out: (text: string) => {
        said.out += text
      },
      err: (text: string) => {
        said.err += text
      },
      isInteractive: false,
    },
    ...(limitMs === undefined ? {} : { limitMs }),
  }
  const error = await drainNode(cluster.client, 'node-1', world).catch(({ code }) => code)
  return { ...said, error }
}

const onFirst = (cluster: Simulation) =>
  cluster
    .pods()
    .filter(({ node }) => node === 'node-1')
    .map(({ name }) => name.split('-')[0])

describe('knarr node drain', () => {
  test('evicts pods, but none of a DaemonSet, and tells when time has to be moved', async () => {
    await using cluster = await spread()
    assert.deepEqual(onFirst(cluster), ['agent', 'web'])
    const { out, err, error } = await drain(cluster)
    assert.equal(error, undefined)
    assert.match(out, /^node\/node-1 cordoned\npod\/web-\S+ evicted\nnode\/node-1 drained\n$/)
    assert.match(err, /^time stands still: /)
    assert.deepEqual(onFirst(cluster), ['agent'])
    assert.equal(cluster.node('node-1').object.spec?.unschedulable, true)
  })

  test('says why a pod may not go, and gives up in time', async () => {
    await using cluster = await spread()
    await cluster.apply(budget)
    await cluster.advance('1s')
    const { out, err, error } = await drain(cluster, 12_000)
    assert.equal(error, 'NotDrained')
    assert.equal(out, 'node/node-1 cordoned\n')
    const refused = err.match(
      /error when evicting pods\/"web-\S+" -n "default" \(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\./g,
    )
    assert.equal(refused?.length, 4)
    assert.deepEqual(onFirst(cluster), ['agent', 'web'])
  })
})
