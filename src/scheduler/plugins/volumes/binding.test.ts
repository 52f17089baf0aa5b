import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '#api'
import type { Stored } from '#machinery'
import { nodeNamed, podWithName } from '../../fixture/objects.ts'
import { judgements } from '../../fixture/snapshots.ts'
import { volumeBinding } from './binding.ts'

const meta = { creationTimestamp: '', resourceVersion: '1' }
const nodes = [nodeNamed('n'), nodeNamed('m')]
const pod = (volume: object = { persistentVolumeClaim: { claimName: 'data' } }) =>
  podWithName('p', { spec: { volumes: [{ name: 'v', ...volume }] } })

function claim(
  spec: Partial<PersistentVolumeClaim['spec']>,
  metadata: object = {},
): Stored<PersistentVolumeClaim> {
  const named = { ...meta, name: 'data', namespace: 'default', uid: 'c', ...metadata }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: named, spec: spec ?? {} }
}

const bound = claim(
  { volumeName: 'pv' },
  { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
)

function volume(spec: Partial<PersistentVolume['spec']> = {}): Stored<PersistentVolume> {
  const metadata = { ...meta, name: 'pv', uid: 'v' }
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata, spec: spec ?? {} }
}

function storageClass(volumeBindingMode: string): Stored<StorageClass> {
  const metadata = { ...meta, name: 'slow', uid: 's' }
  const what = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner: 'x' }
  return { ...what, metadata, volumeBindingMode }
}

const everywhere = (text: string) => ({ n: text, m: text })
const judge = (of: Stored<Pod>, more: object) => judgements(volumeBinding, of, { nodes, ...more })

test('a pod without claims is not looked at', () => {
  assert.deepEqual(judge(pod({ emptyDir: {} }), {}), everywhere('fits'))
})

test('a claim that is missing, lost, or on its way out keeps the pod from all nodes', () => {
  const missing = 'persistentvolumeclaim "data" not found'
  assert.deepEqual(judge(pod(), {}), everywhere(missing))
  const leaving = claim({}, { deletionTimestamp: '2026-01-02T03:04:05Z' })
  const is = 'persistentvolumeclaim "data" is being deleted'
  assert.deepEqual(judge(pod(), { claims: [leaving] }), everywhere(is))
  const lost = { ...bound, status: { phase: 'Lost' } }
  const gone = 'persistentvolumeclaim "data" bound to non-existent persistentvolume "pv"'
  assert.deepEqual(judge(pod(), { claims: [lost] }), everywhere(gone))
  const waits = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"'
  assert.deepEqual(judge(pod({ ephemeral: {} }), {}), everywhere(waits))
})

test('an ephemeral volume takes no claim that somebody else made', () => {
  const other = claim({}, { name: 'p-v' })
  const text = 'PVC default/p-v was not created for pod default/p (pod is not owner)'
  assert.deepEqual(judge(pod({ ephemeral: {} }), { claims: [other] }), everywhere(text))
})

test('a claim without a volume keeps the pod from all nodes', () => {
  const text = 'pod has unbound immediate PersistentVolumeClaims'
  assert.deepEqual(judge(pod(), { claims: [claim({})] }), everywhere(text))
  const named = claim({ storageClassName: 'slow', volumeName: 'pv' })
  const classes = [storageClass('WaitForFirstConsumer')]
  assert.deepEqual(judge(pod(), { claims: [named], classes }), everywhere(text))
  const late = claim({ storageClassName: 'slow' })
  const none = "! node(s) didn't find available persistent volumes to bind"
  assert.deepEqual(judge(pod(), { claims: [late], classes }), everywhere(none))
  const now = [storageClass('Immediate')]
  assert.deepEqual(judge(pod(), { claims: [late], classes: now }), everywhere(text))
})

test('a bound claim lets the pod to the nodes that its volume names', () => {
  assert.deepEqual(judge(pod(), { claims: [bound], volumes: [volume()] }), everywhere('fits'))
  const key = 'kubernetes.io/hostname'
  const only = { matchExpressions: [{ key, operator: 'In', values: ['m'] }] }
  const local = volume({ nodeAffinity: { required: { nodeSelectorTerms: [only] } } })
  const elsewhere = "! node(s) didn't match PersistentVolume's node affinity"
  assert.deepEqual(judge(pod(), { claims: [bound], volumes: [local] }), { n: elsewhere, m: 'fits' })
  const gone = '! node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'
  assert.deepEqual(judge(pod(), { claims: [bound] }), everywhere(gone))
})
