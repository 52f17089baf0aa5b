import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersistentVolumeClaim, Pod } from '#api'
import type { Stored } from '#machinery'
import { nodeNamed, podWithName } from '../../fixture/objects.ts'
import { judgements, planFor, snapshotOf, viewOf } from '../../fixture/snapshots.ts'
import { podInfoOf } from '../../model/pod-info.ts'
import { volumeRestrictions } from './restrictions.ts'

const nodes = [nodeNamed('n'), nodeNamed('m')]
const data = { persistentVolumeClaim: { claimName: 'data' } }
const everywhere = (text: string) => ({ n: text, m: text })
const inUse =
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'

function podWithVolume(name: string, volume: object, more: object = {}): Stored<Pod> {
  return podWithName(name, { spec: { volumes: [{ name: 'v', ...volume }], ...more } })
}

function claim(...accessModes: readonly string[]): Stored<PersistentVolumeClaim> {
  const metadata = { creationTimestamp: '', resourceVersion: '1', namespace: 'default', uid: 'c' }
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...metadata, name: 'data', annotations },
    spec: { accessModes: [...accessModes], volumeName: 'pv' },
  } as Stored<PersistentVolumeClaim>
}

test('a claim of one pod alone keeps a second one from all nodes', () => {
  const judge = (mode: string, ...pods: readonly Stored<Pod>[]) =>
    judgements(volumeRestrictions, podWithVolume('p', data), { nodes, pods, claims: [claim(mode)] })
  const user = podWithVolume('q', data, { nodeName: 'n' })
  assert.deepEqual(judge('ReadWriteOncePod', user), everywhere(inUse))
  assert.deepEqual(judge('ReadWriteOncePod', podWithVolume('q', data)), everywhere('fits'))
  assert.deepEqual(judge('ReadWriteOncePod'), everywhere('fits'))
  assert.deepEqual(judge('ReadWriteOnce', user), everywhere('fits'))
})

test('a claim that does not exist keeps the pod from all nodes', () => {
  const missing = 'persistentvolumeclaim "data" not found'
  const pod = podWithVolume('p', data)
  assert.deepEqual(judgements(volumeRestrictions, pod, { nodes }), everywhere(missing))
})

test('a pod of more importance takes the claim from who has it, where that is', () => {
  const claims = [claim('ReadWriteOncePod')]
  const user = podWithVolume('q', data, { nodeName: 'm', priority: 1 })
  const volumes = [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv', uid: 'v', creationTimestamp: '', resourceVersion: '1' },
    },
  ] as never
  const snapshot = snapshotOf({ nodes, pods: [user], claims, volumes })
  const plan = planFor(podWithVolume('p', data, { priority: 9 }), snapshot)
  assert.ok(plan.kind === 'unfit')
  assert.equal(plan.preemption?.node, 'm')
})

test('a disk is mounted once by a node, or many times to read from it', () => {
  const judge = (mine: object, theirs: object) =>
    judgements(volumeRestrictions, podWithVolume('p', mine), {
      nodes,
      pods: [podWithVolume('q', theirs, { nodeName: 'n' })],
    }).n
  const taken = 'node(s) had no available disk'
  const gce = (readOnly: boolean, pdName = 'd') => ({ gcePersistentDisk: { pdName, readOnly } })
  const iscsi = (readOnly: boolean, iqn = 'i') => ({
    iscsi: { iqn, readOnly, lun: 0, targetPortal: 't' },
  })
  const rbd = (readOnly: boolean, ...monitors: readonly string[]) => ({
    rbd: { monitors, pool: 'p', image: 'i', readOnly },
  })
  const ebs = (volumeID: string) => ({ awsElasticBlockStore: { volumeID } })
  assert.deepEqual(
    [
      judge(gce(true), gce(true)),
      judge(gce(false), gce(true)),
      judge(gce(false), gce(false, 'e')),
      judge(ebs('a'), ebs('a')),
      judge(ebs('a'), ebs('b')),
      judge(iscsi(true), iscsi(true)),
      judge(iscsi(true), iscsi(false)),
      judge(rbd(false, 'a', 'b'), rbd(false, 'b')),
      judge(rbd(false, 'a'), rbd(false, 'b')),
      judge(rbd(true, 'a'), rbd(true, 'a')),
      judge(gce(false), ebs('d')),
    ],
    ['fits', taken, 'fits', taken, 'fits', 'fits', taken, taken, 'fits', 'fits', 'fits'],
  )
})

test('waiting pods are looked at again when a claim comes or its user goes', () => {
  const pod = podInfoOf(podWithVolume('p', data))
  const hint = (event: object) => volumeRestrictions.queueingHint?.(event as never, pod, viewOf({}))
  const user = podInfoOf(podWithVolume('q', data, { nodeName: 'n' }))
  const other = podInfoOf(podWithVolume('q', { emptyDir: {} }, { nodeName: 'n' }))
  assert.equal(hint({ kind: 'pod', before: user }), true)
  assert.equal(hint({ kind: 'pod', before: user, after: user }), false)
  assert.equal(hint({ kind: 'pod', before: other }), false)
  assert.equal(hint({ kind: 'claim', after: claim('ReadWriteOncePod') }), true)
  assert.equal(hint({ kind: 'claim', before: claim(), after: claim() }), false)
  assert.equal(hint({ kind: 'node', after: nodes[0] }), true)
  assert.equal(hint({ kind: 'node', before: nodes[0], after: nodes[0] }), false)
})
