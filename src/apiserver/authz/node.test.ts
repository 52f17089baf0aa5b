import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Pod, persistentVolumeClaims, pods, resourceSlices } from '#api'
import type { KubeObject } from '#machinery'
import { objectsOf } from '../admission/objects-fixture.ts'
import type { AuthorizationAttributes } from './authorizer.ts'
import { createNodeAuthorizer } from './node.ts'

function pod(name: string, nodeName: string, spec: Partial<Pod['spec']>, mirror = false): Pod {
  return {
    metadata: {
      name,
      namespace: 'here',
      ...(mirror && { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    },
    spec: { containers: [], nodeName, ...spec },
  }
}

const sliceOn = (nodeName: string): KubeObject =>
  ({ metadata: { name: `slice-${nodeName}` }, spec: { nodeName } }) as KubeObject

const objects = objectsOf([
  [
    pods,
    pod('mine', 'n1', {
      serviceAccountName: 'robot',
      volumes: [
        { name: 'a', secret: { secretName: 'mounted' } },
        { name: 'b', persistentVolumeClaim: { claimName: 'data' } },
      ],
      containers: [
        {
          name: 'c',
          envFrom: [{ secretRef: { name: 'env' } }, { configMapRef: { name: 'conf' } }],
        },
      ],
    }),
  ],
  [
    pods,
    {
      ...pod('devices', 'n1', {
        resourceClaims: [
          { name: 'own', resourceClaimName: 'gpu' },
          { name: 'made', resourceClaimTemplateName: 'gpus' },
        ],
      }),
      status: {
        resourceClaimStatuses: [{ name: 'made', resourceClaimName: 'devices-made-x' }],
        extendedResourceClaimStatus: { requestMappings: [], resourceClaimName: 'extended-x' },
      },
    },
  ],
  [resourceSlices, sliceOn('n1')],
  [resourceSlices, sliceOn('n2')],
  [pods, pod('other', 'n2', { imagePullSecrets: [{ name: 'pull' }] })],
  [pods, pod('mirror', 'n1', { imagePullSecrets: [{ name: 'stolen' }] }, true)],
  [
    persistentVolumeClaims,
    { metadata: { name: 'data', namespace: 'here' }, spec: { volumeName: 'pv1' } } as KubeObject,
  ],
])

const noRelation = "no relationship found between node 'n1' and this object"
const cases: [text: string, reason: string | undefined][] = [
  ['get secrets mounted @here', undefined],
  ['get secrets env @here', undefined],
  ['watch configmaps conf @here', undefined],
  ['get secrets pull @here', noRelation],
  ['get secrets stolen @here', noRelation],
  ['get secrets mounted @there', noRelation],
  ['list secrets @here', 'No Object name found'],
  ['delete secrets mounted @here', 'can only read resources of this type'],
  ['get persistentvolumeclaims data @here', undefined],
  ['get persistentvolumes pv1', undefined],
  ['get persistentvolumes pv2', noRelation],
  ['create serviceaccounts/token robot @here', undefined],
  ['create serviceaccounts/token admin @here', noRelation],
  ['get nodes n1', undefined],
  ['get nodes n2', "node 'n1' cannot read 'n2', only its own Node object"],
  ['patch nodes/status n1', undefined],
  ['get pods mine @here', undefined],
  ['get pods other @here', noRelation],
  ['watch pods spec.nodeName=n1', undefined],
  ['watch pods spec.nodeName=n2', 'can only list/watch pods with spec.nodeName field selector'],
  ['update leases.coordination.k8s.io n1 @kube-node-lease', undefined],
  [
    'update leases.coordination.k8s.io n2 @kube-node-lease',
    'can only access node lease with the same name as the requesting node',
  ],
  [
    'update leases.coordination.k8s.io n1 @default',
    'can only access leases in the "kube-node-lease" system namespace',
  ],
  ['get resourceclaims.resource.k8s.io gpu @here', undefined],
  ['get resourceclaims.resource.k8s.io devices-made-x @here', undefined],
  ['get resourceclaims.resource.k8s.io extended-x @here', undefined],
  ['get resourceclaims.resource.k8s.io gpu @there', noRelation],
  ['get resourceclaims.resource.k8s.io gpus @here', noRelation],
  ['list resourceclaims.resource.k8s.io @here', 'can only get individual resources of this type'],
  ['create resourceslices.resource.k8s.io', undefined],
  ['update resourceslices.resource.k8s.io slice-n1', undefined],
  ['delete resourceslices.resource.k8s.io slice-n2', noRelation],
  ['list resourceslices.resource.k8s.io spec.nodeName=n1', undefined],
  [
    'deletecollection resourceslices.resource.k8s.io spec.nodeName=n2',
    'can only list/watch/deletecollection resourceslices with nodeName field selector',
  ],
  ['list services', undefined],
  ['list deployments.apps', ''],
]

for (const [text, reason] of cases) {
  test(`a kubelet ${reason === undefined ? 'may' : 'may not'} ${text}`, () => {
    const decision = createNodeAuthorizer(objects).authorize(ask(text))
    const want =
      reason === undefined ? { kind: 'allow', reason: '' } : { kind: 'noOpinion', reason }
    assert.deepEqual(decision, want)
  })
}

test('nobody but a kubelet is of interest to the node authorizer', () => {
  const asked = { ...ask('get nodes n1'), user: { name: 'system:node:n1', groups: ['other'] } }
  assert.deepEqual(createNodeAuthorizer(objects).authorize(asked), {
    kind: 'noOpinion',
    reason: '',
  })
})

function ask(text: string): AuthorizationAttributes {
  const [verb = '', what = '', ...rest] = text.split(' ')
  const [full = '', ...groupParts] = what.split('.')
  const [resource = '', subresource = ''] = full.split('/')
  const [field, value] = (rest.find((part) => part.includes('=')) ?? '').split('=')
  return {
    kind: 'resource',
    user: { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] },
    verb,
    group: groupParts.join('.'),
    version: 'v1',
    resource,
    subresource,
    namespace: rest.find((part) => part.startsWith('@'))?.slice(1) ?? '',
    name: rest.find((part) => !/[@=]/.test(part)) ?? '',
    ...(field && value && { fieldSelector: [{ field, operator: '=' as const, value }] }),
  }
}
