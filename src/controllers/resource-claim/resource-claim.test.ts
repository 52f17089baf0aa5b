import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Pod, pods, type ResourceV1, resourceClaims, resourceClaimTemplates } from '#api'
import type { Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { resourceClaimController } from './controller.ts'
import { claimFor } from './plan.ts'

type Claim = Stored<ResourceV1.ResourceClaim>
type Template = Stored<ResourceV1.ResourceClaimTemplate>

const metaOf = (name: string) => ({
  ...{ name, namespace: 'shop', uid: `uid-of-${name}` },
  ...{ resourceVersion: '1', creationTimestamp: '2026-01-02T03:04:05Z' },
})
const protection = 'resource.kubernetes.io/delete-protection'

function podOf(name: string, more: Partial<Pod> = {}): Stored<Pod> {
  const spec = {
    containers: [],
    resourceClaims: [{ name: 'own', resourceClaimTemplateName: 'one' }],
    ...more.spec,
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    ...more,
    metadata: { ...metaOf(name), ...more.metadata },
    spec,
  }
}

const template: Template = {
  ...{ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaimTemplate' },
  metadata: metaOf('one'),
  spec: { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } }, spec: { devices: {} } },
}

function claimOf(
  name: string,
  status: ResourceV1.ResourceClaimStatus = {},
  metadata: Partial<Claim['metadata']> = {},
): Claim {
  return {
    ...{ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim' },
    metadata: { ...metaOf(name), ...metadata },
    spec: {},
    status,
  }
}

const owned = (pod: string) => ({
  annotations: { 'resource.kubernetes.io/pod-claim-name': 'own' },
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Pod', name: pod, uid: `uid-of-${pod}`, controller: true },
  ],
})
const user = (name: string) => ({ resource: 'pods', name, uid: `uid-of-${name}` })
const allocation = { devices: {} }

test('a claim is made of the template, and the pod is told its name', async () => {
  const loop = await loopOf(resourceClaimController, [
    [pods, podOf('web')],
    [resourceClaimTemplates, template],
  ])
  const { writes } = await loop.reconcile('pod:shop/web')
  assert.deepEqual(
    writes.map(({ what }) => what),
    ['create resourceclaims shop/web-own-x', 'patch pods/status shop/web'],
  )
  const [made, patched] = writes
  assert.deepEqual(made?.sent, {
    metadata: {
      ...{ namespace: 'shop', generateName: 'web-own-', labels: { a: 'b' } },
      ...owned('web'),
      annotations: { c: 'd', ...owned('web').annotations },
    },
    spec: { devices: {} },
  })
  assert.deepEqual((patched?.sent as Pod | undefined)?.status, {
    resourceClaimStatuses: [{ name: 'own', resourceClaimName: 'web-own-x' }],
  })
})

test('a claim that was made before and not told of is found again', async () => {
  const loop = await loopOf(resourceClaimController, [
    [pods, podOf('web')],
    [resourceClaims, claimOf('web-own-abc', {}, owned('web'))],
  ])
  const { writes } = await loop.reconcile('pod:shop/web')
  assert.deepEqual(
    writes.map(({ what }) => what),
    ['patch pods/status shop/web'],
  )
})

test('a template that is not there is told of, and waited for', async () => {
  const loop = await loopOf(resourceClaimController, [[pods, podOf('web')]])
  await assert.rejects(loop.reconcile('pod:shop/web'))
  assert.deepEqual(loop.events, [
    'FailedResourceClaimCreation: PodResourceClaim own: resource claim template "one": resourceclaimtemplates.resource.k8s.io "one" not found',
  ])
})

test('long names both give way, so that something of each is left', () => {
  const pod = podOf('p'.repeat(60))
  const name = 'c'.repeat(30)
  const { metadata } = claimFor(pod, { name }, template, pods)
  assert.equal(metadata.generateName, `${'p'.repeat(37)}-${'c'.repeat(18)}`)
})

test('a pod that has a node without the scheduler has its claims reserved', async () => {
  const spec = {
    ...{ containers: [], nodeName: 'n' },
    resourceClaims: [{ name: 'own', resourceClaimName: 'shared' }],
  }
  const loop = await loopOf(resourceClaimController, [
    [pods, podOf('web', { spec })],
    [resourceClaims, claimOf('shared', { allocation, reservedFor: [user('other')] })],
  ])
  const { writes } = await loop.reconcile('pod:shop/web')
  assert.deepEqual(
    writes.map(({ what, sent }) => [what, (sent as Claim).status?.reservedFor]),
    [['update resourceclaims/status shop/shared', [user('other'), user('web')]]],
  )
})

test('who is gone gives up a claim, and the last one its devices', async () => {
  const finalizers = [protection]
  const done = podOf('done', { status: { phase: 'Succeeded' } })
  const foreign = { apiGroup: 'example.com', resource: 'jobs', name: 'j', uid: 'j' }
  const loop = await loopOf(resourceClaimController, [
    [pods, done],
    [pods, podOf('web')],
    [
      resourceClaims,
      claimOf(
        'some',
        { allocation, reservedFor: [user('done'), user('gone'), user('web'), foreign] },
        { finalizers },
      ),
    ],
    [resourceClaims, claimOf('last', { allocation, reservedFor: [user('done')] }, { finalizers })],
  ])
  const some = await loop.reconcile('claim:shop/some')
  assert.deepEqual(
    some.writes.map(({ what, sent }) => [what, (sent as Claim).status]),
    [
      [
        'update resourceclaims/status shop/some',
        { allocation, reservedFor: [user('web'), foreign] },
      ],
    ],
  )
  const last = await loop.reconcile('claim:shop/last')
  assert.deepEqual(
    last.writes.map(({ what, sent }) => [
      what,
      (sent as Claim).status,
      (sent as Claim).metadata.finalizers,
    ]),
    [
      ['update resourceclaims/status shop/last', {}, finalizers],
      ['update resourceclaims shop/last', {}, []],
    ],
  )
})

test('a claim that is to go and that nobody uses is let go', async () => {
  const metadata = { finalizers: [protection], deletionTimestamp: '2026-01-02T03:04:05Z' }
  const loop = await loopOf(resourceClaimController, [
    [resourceClaims, claimOf('idle', { allocation }, metadata)],
    [resourceClaims, claimOf('used', { allocation, reservedFor: [user('web')] }, metadata)],
    [pods, podOf('web')],
  ])
  const { writes } = await loop.reconcile('claim:shop/idle')
  assert.deepEqual(
    writes.map(({ what }) => what),
    ['update resourceclaims/status shop/idle', 'update resourceclaims shop/idle'],
  )
  assert.deepEqual((await loop.reconcile('claim:shop/used')).writes, [])
})

test('the claim of a pod that is over goes, be the pod still there; that of one to come stays', async () => {
  const loop = await loopOf(resourceClaimController, [
    [pods, podOf('done', { status: { phase: 'Failed' } })],
    [pods, podOf('web')],
    [resourceClaims, claimOf('done-own-x', {}, owned('done'))],
    [resourceClaims, claimOf('web-own-x', {}, owned('web'))],
    [resourceClaims, claimOf('lost-own-x', {}, owned('lost'))],
  ])
  const { writes } = await loop.reconcile('claim:shop/done-own-x')
  assert.deepEqual(
    writes.map(({ what }) => what),
    ['delete resourceclaims shop/done-own-x'],
  )
  assert.deepEqual((await loop.reconcile('claim:shop/web-own-x')).writes, [])
  assert.deepEqual((await loop.reconcile('claim:shop/lost-own-x')).writes, [])
})
