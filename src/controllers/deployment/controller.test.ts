import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Deployment, deployments, type ReplicaSet, replicaSets } from '#api'
import type { Stored } from '#machinery'
import { alreadyExists, forbidden } from '#machinery/status'
import { loopOf } from '../shared/loop-fixture.ts'
import { storedObject } from '../shared/objects-fixture.ts'
import { deploymentController } from './controller.ts'
import { newReplicaSet, podTemplateHash } from './replica-sets.ts'

function deployment(image: string, status: Deployment['status'] = {}): Stored<Deployment> {
  return storedObject('web', {
    metadata: { generation: 1 },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image }] },
      },
      progressDeadlineSeconds: 600,
    },
    status,
  } as Deployment)
}

/** A ReplicaSet under the name that the Deployment wants, made of another Deployment's template. */
function inTheWay(wanted: Stored<Deployment>, maker: Stored<Deployment>): Stored<ReplicaSet> {
  const { name } = newReplicaSet(wanted, 3, 1n).metadata
  const made = newReplicaSet(maker, 3, 1n)
  return storedObject(name, { ...made, metadata: { ...made.metadata, name } })
}

const whats = ({ writes }: { readonly writes: readonly { readonly what: string }[] }) =>
  writes.map(({ what }) => what)

describe('a new ReplicaSet', () => {
  test('is made, and told', async () => {
    const wanted = deployment('web:1')
    const loop = await loopOf(deploymentController, [[deployments, wanted]])
    const { name } = newReplicaSet(wanted, 3, 1n).metadata
    assert.deepEqual(whats(await loop.reconcile('ns/web')), [
      `create replicasets ns/${name}`,
      'update deployments/status ns/web',
    ])
    assert.deepEqual(loop.events, [`ScalingReplicaSet: Scaled up replica set ${name} from 0 to 3`])
  })

  test('whose name is taken by another template gets another name next time', async () => {
    const wanted = deployment('web:1')
    const loop = await loopOf(deploymentController, [[deployments, wanted]])
    const taken = inTheWay(wanted, deployment('web:2'))
    loop.put(replicaSets, taken, 'unheard')
    loop.refuse(alreadyExists(replicaSets, taken.metadata.name))
    await assert.rejects(loop.reconcile('ns/web'), /already exists/)
    const [write, ...others] = loop.writes
    assert.deepEqual(others, [])
    assert.equal(write?.what, 'update deployments/status ns/web')
    const { status } = (write?.sent ?? {}) as Deployment
    assert.equal(status?.collisionCount, 1)
    const [next] = whats(await loop.reconcile('ns/web'))
    const { name } = newReplicaSet(deployment('web:1', { collisionCount: 1 }), 3, 1n).metadata
    assert.notEqual(name, taken.metadata.name)
    assert.equal(next, `create replicasets ns/${name}`)
  })

  test('whose name is taken by a namesake Deployment of before gets another one, too', async () => {
    const wanted = deployment('web:1')
    const before = { ...wanted, metadata: { ...wanted.metadata, uid: 'before' } }
    const loop = await loopOf(deploymentController, [[deployments, wanted]])
    const taken = inTheWay(wanted, before)
    loop.put(replicaSets, taken, 'unheard')
    loop.refuse(alreadyExists(replicaSets, taken.metadata.name))
    await assert.rejects(loop.reconcile('ns/web'), /already exists/)
    const [write] = loop.writes
    assert.equal(((write?.sent ?? {}) as Deployment).status?.collisionCount, 1)
  })

  test('that was made already, which the cache does not show, is taken for what it is', async () => {
    const wanted = deployment('web:1')
    const loop = await loopOf(deploymentController, [[deployments, wanted]])
    const made = inTheWay(wanted, wanted)
    loop.put(replicaSets, made, 'unheard')
    loop.refuse(alreadyExists(replicaSets, made.metadata.name), () => loop.put(replicaSets, made))
    const [write] = (await loop.reconcile('ns/web')).writes
    assert.equal(((write?.sent ?? {}) as Deployment).status?.collisionCount, undefined)
    assert.deepEqual(loop.events, [])
  })

  test('that cannot be made is told as an Event and as a condition', async () => {
    const wanted = deployment('web:1')
    const loop = await loopOf(deploymentController, [[deployments, wanted]])
    const { name } = newReplicaSet(wanted, 3, 1n).metadata
    loop.refuse(forbidden(replicaSets, name, 'exceeded quota'))
    await assert.rejects(loop.reconcile('ns/web'), /exceeded quota/)
    const message = `Failed to create new replica set "${name}": replicasets.apps "${name}" is forbidden: exceeded quota`
    assert.deepEqual(loop.events, [`FailedCreate: ${message}`])
    const [write] = loop.writes
    const [condition] = ((write?.sent ?? {}) as Deployment).status?.conditions ?? []
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.reason, condition?.message],
      ['Progressing', 'False', 'ReplicaSetCreateError', message],
    )
  })
})

describe('the hash of a template', () => {
  const template = { metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [] } }
  const turned = { spec: { containers: [] }, metadata: { labels: { b: '2', a: '1' } } }

  test('does not depend on the order of fields, and changes with every collision', () => {
    const hashes = [undefined, 0, 1, 2].map((count) => podTemplateHash(template, count))
    assert.equal(new Set(hashes).size, 4)
    assert.equal(podTemplateHash(turned, 1), hashes[2])
    // Neither vowels nor look-alikes: SafeEncodeString.
    for (const hash of hashes) assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]+$/)
  })
})
