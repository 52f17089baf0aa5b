import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldGaps, kindGaps } from '../../src/api/index.ts'
import { startServedSimulation } from '../fixture/sim-cluster.ts'

const container = { name: 'c', image: 'shop/web' }
const claim = {
  accessModes: ['ReadWriteOnce'],
  storageClassName: 'manual',
  resources: { requests: { storage: '1Gi' } },
}
const ingress = { defaultBackend: { service: { name: 's', port: { number: 80 } } } }

/** An object of each kind that nothing acts on. */
const kinds = [
  [
    'v1',
    'PersistentVolume',
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/data' },
      },
    },
  ],
  ['v1', 'PersistentVolumeClaim', { spec: claim }],
  [
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    {
      spec: {
        maxReplicas: 2,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
      },
    },
  ],
  ['networking.k8s.io/v1', 'Ingress', { spec: ingress }],
  ['networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'example.com/x' } }],
  ['storage.k8s.io/v1', 'CSIDriver', { spec: {} }],
  ['storage.k8s.io/v1', 'CSINode', { spec: { drivers: [] } }],
  ['storage.k8s.io/v1', 'StorageClass', { provisioner: 'kubernetes.io/no-provisioner' }],
  [
    'storage.k8s.io/v1',
    'VolumeAttachment',
    { spec: { attacher: 'x', nodeName: 'n', source: { persistentVolumeName: 'pv' } } },
  ],
  ['node.k8s.io/v1', 'RuntimeClass', { handler: 'gvisor' }],
] as const

const pod = {
  hostUsers: false,
  securityContext: {
    appArmorProfile: { type: 'RuntimeDefault' },
    seLinuxOptions: { level: 's0' },
  },
  volumes: [
    { name: 'd', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'n', nfs: { server: 's', path: '/' } },
    { name: 'p', persistentVolumeClaim: { claimName: 'p' } },
  ],
  containers: [{ ...container, resources: { limits: { 'ephemeral-storage': '1Gi' } } }],
}

const metadata = { name: 'x' }

test('kubectl prints what is stored while nothing acts on it, and only for what is wished', async () => {
  await using cluster = await startServedSimulation('--nodes', '1')
  for (const [apiVersion, kind, rest] of kinds) {
    const { stderr, code } = await apply({ apiVersion, kind, metadata, ...rest })
    const missing =
      kindGaps[`${apiVersion} ${kind}`] ?? fieldGaps['node.v1.RuntimeClass']?.handler?.missing
    assert.equal(code, 0, stderr)
    assert.ok(
      missing && stderr.includes(`nothing acts on it yet: ${missing}`),
      `${kind}: ${stderr}`,
    )
  }
  const { stderr } = await apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec: pod })
  const expected = [
    'spec.hostUsers',
    'spec.securityContext.appArmorProfile',
    'spec.securityContext.seLinuxOptions',
    'spec.volumes[0].emptyDir.sizeLimit',
    'spec.volumes[1].nfs',
    'spec.volumes[2].persistentVolumeClaim',
    'spec.containers[0].resources.limits[ephemeral-storage]',
  ]
  const lines = stderr.split('\n').filter((line) => line.startsWith('Warning:'))
  assert.deepEqual(lines.map((line) => line.split(': ')[1]).toSorted(), expected.toSorted())

  const label = await cluster.tryKubectl(['label', 'ingressclass', 'x', 'a=b'])
  assert.equal(label.stderr, '', 'whoever only labels has heard it before')
  const parameters = '{"spec":{"parameters":{"kind":"Setting","name":"s"}}}'
  const patch = ['patch', 'ingressclass', 'x', '-p', parameters]
  assert.match((await cluster.tryKubectl(patch)).stderr, /no ingress controller is included/)
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } }
  assert.equal((await apply(service)).stderr, '', 'what is acted on is not warned of')

  async function apply(object: object) {
    const args = ['create', '-f', '-']
    return cluster.tryKubectl(args, JSON.stringify(object))
  }
})
