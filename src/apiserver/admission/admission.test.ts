import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  csiDrivers,
  ingressClasses,
  ingresses,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  priorityClasses,
  roleBindings,
  roles,
  runtimeClasses,
  serviceAccounts,
  storageClasses,
} from '#api'
import { createVirtualClock, seededRandom } from '#lib'
import type { KubeObject, Resource, ResourceRef } from '#machinery'
import { StatusError } from '#machinery/status'
import { createRbacAuthorizer } from '../authz/rbac.ts'
import { unusedPluginParts } from '../plugin-parts-fixture.ts'
import type { AdmissionAttributes, AdmissionContext } from './admission.ts'
import { objectsOf, stored } from './objects-fixture.ts'
import { admissionPlugins } from './plugins/index.ts'
import { systemPriorityClasses } from './plugins/priority.ts'

const createOptions = { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' } as const

type Known = readonly [ResourceRef, object]

const base: readonly Known[] = [
  [namespaces, { metadata: { name: 'ns' }, status: { phase: 'Active' } }],
  [namespaces, { metadata: { name: 'dying' }, status: { phase: 'Terminating' } }],
  [serviceAccounts, { metadata: { namespace: 'ns', name: 'default' } }],
]
const clock = createVirtualClock()
const rbac = createRbacAuthorizer({
  changes: () => 1,
  roles: () => [],
  roleBindings: () => [],
  clusterRoles: () => [],
  clusterRoleBindings: () => [],
})
const plugins = admissionPlugins({
  ...unusedPluginParts(objectsOf([])),
  clock: { ...clock, sleep: () => Promise.resolve() },
  random: seededRandom(1),
  rbac,
  authorizer: rbac,
  writer: { updateStatus: () => Promise.reject(new Error('nothing is charged here')) },
})

interface Asked extends Omit<Partial<AdmissionAttributes>, 'old' | 'object'> {
  readonly known?: readonly Known[]
  readonly old?: object
}

async function admit(resource: ResourceRef, object: object, asked: Asked = {}) {
  const { known = [], old, ...rest } = asked
  const metadata = (object as KubeObject).metadata
  const attributes: AdmissionAttributes = {
    verb: 'create',
    user: { name: 'ann', groups: ['devs'] },
    resource: resource as Resource,
    subresource: '',
    namespace: resource.scope === 'Namespaced' ? 'ns' : '',
    name: metadata?.name ?? '',
    dryRun: false,
    options: createOptions,
    ...(old && { old: stored(resource as ResourceRef, old as KubeObject) }),
    ...rest,
  }
  const context: AdmissionContext = {
    objects: objectsOf([...base, ...known] as [ResourceRef, KubeObject][]),
    nowMs: 0,
    warn: () => undefined,
    signal: new AbortController().signal,
  }
  let current = object as KubeObject
  const wanting = plugins.filter((plugin) => plugin.handles({ ...attributes, object: current }))
  for (const plugin of attributes.verb === 'delete' ? [] : wanting) {
    current = (await plugin.mutate?.({ ...attributes, object: current }, context)) ?? current
  }
  for (const plugin of wanting) await plugin.validate?.({ ...attributes, object: current }, context)
  return current as Record<string, never> & KubeObject
}

const pod = (spec: object = {}, metadata: object = {}) => ({
  metadata: { name: 'p', namespace: 'ns', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})

test('a plain pod becomes what upstream would make of it', async () => {
  const { spec } = (await admit(pods, pod())) as unknown as { spec: Record<string, never[]> }
  const [volume] = spec.volumes as unknown as { name: string }[]
  assert.match(volume?.name ?? '', /^kube-api-access-[a-z0-9]{5}$/)
  assert.deepEqual(spec, {
    containers: [
      {
        name: 'c',
        image: 'i',
        volumeMounts: [
          {
            name: volume?.name,
            readOnly: true,
            mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
          },
        ],
      },
    ],
    serviceAccountName: 'default',
    serviceAccount: 'default',
    volumes: [
      {
        name: volume?.name,
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            {
              configMap: {
                name: 'kube-root-ca.crt',
                items: [{ key: 'ca.crt', path: 'ca.crt' }],
              },
            },
            {
              downwardAPI: {
                items: [
                  {
                    path: 'namespace',
                    fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
                  },
                ],
              },
            },
          ],
          defaultMode: 420,
        },
      },
    ],
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
    tolerations: ['not-ready', 'unreachable'].map((name) => ({
      key: `node.kubernetes.io/${name}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  })
})

const range = (limit: object): Known => [
  limitRanges,
  { metadata: { namespace: 'ns', name: 'r' }, spec: { limits: [limit] } },
]
const asking = (requests: object, limits: object = {}) =>
  pod({ containers: [{ name: 'c', resources: { requests, limits } }] })
const node = { name: 'system:node:n1', groups: ['system:nodes'] }
const role = {
  metadata: { namespace: 'ns', name: 'r' },
  rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
}
const binding = {
  metadata: { namespace: 'ns', name: 'b' },
  roleRef: { kind: 'Role', name: 'gone' },
}

const nodeOwner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u-1', controller: true }
const ownNode: Known = [nodes, { metadata: { name: 'n1', uid: 'u-1' } }]
const mirror = (spec: object, metadata: object = {}) =>
  pod(
    { nodeName: 'n1', ...spec },
    {
      annotations: { 'kubernetes.io/config.mirror': 'h' },
      ownerReferences: [nodeOwner],
      ...metadata,
    },
  )
const tokenOf = (audience: string) => ({
  spec: {
    audiences: [audience],
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'q', uid: 'q-1' },
  },
})
const withVolumes = (...volumes: readonly object[]): Known => {
  const metadata = { namespace: 'ns', name: 'q', uid: 'q-1' }
  return [pods, { metadata, spec: { nodeName: 'n1', volumes } } as object]
}
const withToken = (audience: string): Known =>
  withVolumes({ name: 'v', projected: { sources: [{ serviceAccountToken: { audience } }] } })

test('a kubelet gets tokens for the audiences that its pods name', async () => {
  const asked = { user: node, subresource: 'token', name: 'default', known: [withToken('vault')] }
  await admit(serviceAccounts, tokenOf('vault'), asked)
})

test('a kubelet gets tokens for the audiences of the drivers that serve its pods', async () => {
  const driverOf = (name: string): Known => [
    csiDrivers,
    { metadata: { name }, spec: { tokenRequests: [{ audience: 'vault' }] } },
  ]
  const claim: Known = [
    persistentVolumeClaims,
    { metadata: { namespace: 'ns', name: 'c' }, spec: { volumeName: 'pv' } },
  ]
  const claimed = { name: 'v', persistentVolumeClaim: { claimName: 'c' } }
  const volume = (spec: object): Known => [persistentVolumes, { metadata: { name: 'pv' }, spec }]
  for (const known of [
    [withVolumes({ name: 'v', csi: { driver: 'd' } }), driverOf('d')],
    [withVolumes(claimed), claim, volume({ csi: { driver: 'd' } }), driverOf('d')],
    [
      ...[withVolumes(claimed), claim, volume({ gcePersistentDisk: { pdName: 'x' } })],
      driverOf('pd.csi.storage.gke.io'),
    ],
    [withVolumes({ name: 'v', azureDisk: {} }), driverOf('disk.csi.azure.com')],
  ]) {
    const asked = { user: node, subresource: 'token', name: 'default', known }
    await admit(serviceAccounts, tokenOf('vault'), asked)
  }
})

test('a kubelet tells how large a claim has become', async () => {
  const claim = (size: string) => ({
    metadata: { name: 'c', namespace: 'ns' },
    status: {
      phase: 'Bound',
      capacity: { storage: size },
      conditions: [{ type: size, status: 'True' }],
    },
  })
  const asked = { user: node, verb: 'update', subresource: 'status', old: claim('1Gi') } as const
  await admit(persistentVolumeClaims, stored(persistentVolumeClaims, claim('2Gi')), asked)
})

test('a kubelet shows a static pod by a mirror that its Node owns', async () => {
  await admit(pods, mirror({}), { user: node, known: [ownNode] })
})

const refusals: [
  name: string,
  resource: ResourceRef,
  object: object,
  asked: Asked,
  want: string,
][] = [
  ['in no namespace', pods, pod(), { namespace: 'x' }, 'namespaces "x" not found'],
  [
    'in a namespace that ends',
    pods,
    pod({}, { name: undefined, generateName: 'p-' }),
    { namespace: 'dying' },
    'pods "p-" is forbidden: unable to create new content in namespace dying because it is being terminated',
  ],
  [
    'the default namespace to be deleted',
    namespaces,
    {},
    { verb: 'delete', name: 'default' },
    'namespaces "default" is forbidden: this namespace may not be deleted',
  ],
  [
    'of an unknown account',
    pods,
    pod({ serviceAccountName: 'x' }),
    {},
    'pods "p" is forbidden: error looking up service account ns/x: serviceaccount "x" not found',
  ],
  [
    'of an unknown priority class',
    pods,
    pod({ priorityClassName: 'x' }),
    {},
    'pods "p" is forbidden: no PriorityClass with name x was found',
  ],
  [
    'with a priority of its own',
    pods,
    pod({ priority: 5 }),
    {},
    'pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
  ],
  [
    'below the minimum',
    pods,
    asking({ cpu: '50m' }),
    { known: [range({ type: 'Container', min: { cpu: '100m' } })] },
    'pods "p" is forbidden: minimum cpu usage per Container is 100m, but request is 50m',
  ],
  [
    'above the maximum, twice',
    pods,
    asking({}, { cpu: '2' }),
    { known: [range({ type: 'Container', max: { cpu: '1', memory: '1Gi' } })] },
    'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi.  No limit is specified]',
  ],
  [
    'beyond the ratio',
    pods,
    asking({ cpu: '1' }, { cpu: '3' }),
    { known: [range({ type: 'Container', maxLimitRequestRatio: { cpu: '2' } })] },
    'pods "p" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
  ],
  [
    'claiming too much',
    persistentVolumeClaims,
    { metadata: { name: 'c' }, spec: { resources: { requests: { storage: '2Gi' } } } },
    { known: [range({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } })] },
    'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
  ],
  [
    'of an unknown runtime class',
    pods,
    pod({ runtimeClassName: 'x' }),
    {},
    'pods "p" is forbidden: pod rejected: RuntimeClass "x" not found',
  ],
  [
    'by a kubelet, of another node',
    nodes,
    { metadata: { name: 'n2' } },
    { user: node },
    'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
  ],
  [
    'by a kubelet, with reserved labels',
    nodes,
    {
      metadata: { name: 'n1', labels: { 'node-role.kubernetes.io/x': '', 'kubernetes.io/os': '' } },
    },
    { user: node },
    'nodes "n1" is forbidden: node "n1" is not allowed to set the following labels: node-role.kubernetes.io/x',
  ],
  [
    'by a kubelet, not a mirror',
    pods,
    pod({ nodeName: 'n1' }),
    { user: node },
    'pods "p" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
  ],
  [
    'by a kubelet, a mirror without an owner',
    pods,
    mirror({}, { ownerReferences: [] }),
    { user: node, known: [ownNode] },
    'pods "p" is forbidden: node "n1" can only create pods with an owner reference set to itself',
  ],
  [
    'by a kubelet, a mirror that the Node does not control',
    pods,
    mirror({}, { ownerReferences: [{ ...nodeOwner, controller: false }] }),
    { user: node, known: [ownNode] },
    'pods "p" is forbidden: node "n1" can only create pods with a controller owner reference set to itself',
  ],
  [
    'by a kubelet, a mirror of an earlier Node',
    pods,
    mirror({}, { ownerReferences: [{ ...nodeOwner, uid: 'u-0' }] }),
    { user: node, known: [ownNode] },
    'pods "p" is forbidden: node n1 UID mismatch: expected u-0 got u-1',
  ],
  ...(
    [
      [{ resourceClaims: [{ name: 'c' }] }, 'resourceclaims'],
      [{ volumes: [{ name: 'v', csi: { driver: 'd' } }] }, 'csidrivers (via CSI volumes)'],
      [
        { volumes: [{ name: 'v', ephemeral: {} }] },
        'persistentvolumeclaims (via ephemeral volumes)',
      ],
    ] as const
  ).map(([spec, what]): (typeof refusals)[number] => [
    `by a kubelet, a mirror with ${what}`,
    pods,
    mirror(spec),
    { user: node, known: [ownNode] },
    `pods "p" is forbidden: node "n1" can not create pods that reference ${what}`,
  ]),
  [
    'by a kubelet, owned by something else',
    nodes,
    { metadata: { name: 'n1', ownerReferences: [nodeOwner] } },
    { user: node, verb: 'update', name: 'n1', old: { metadata: { name: 'n1' } } },
    'nodes "n1" is forbidden: node "n1" is not allowed to modify ownerReferences',
  ],
  [
    'by a kubelet, for a token of an audience that its pod does not name',
    serviceAccounts,
    tokenOf('vault'),
    { user: node, subresource: 'token', name: 'default', known: [withToken('other')] },
    'serviceaccounts "default" is forbidden: audience "vault" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
  ],
  [
    'by a kubelet that names no node',
    nodes,
    { metadata: { name: 'n1' } },
    { user: { name: 'system:node:', groups: ['system:nodes'] } },
    'nodes "n1" is forbidden: could not determine node from user "system:node:"',
  ],
  [
    'by a kubelet, a change of a pod',
    pods,
    pod({ nodeName: 'n1' }),
    { user: node, verb: 'update', old: pod({ nodeName: 'n1' }) },
    'pods "p" is forbidden: unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
  ],
  [
    'by a kubelet, an eviction elsewhere',
    pods,
    {},
    {
      ...{ user: node, subresource: 'eviction', name: 'p' },
      known: [[pods, pod({ nodeName: 'n2' })]],
    },
    'pods "p" is forbidden: node n1 can only evict pods with spec.nodeName set to itself',
  ],
  [
    'by a kubelet, an eviction of nothing',
    pods,
    {},
    { user: node, subresource: 'eviction', name: 'p' },
    'pods "p" not found',
  ],
  [
    'by a kubelet, of claims of a pod for devices',
    pods,
    { ...pod({ nodeName: 'n1' }), status: { resourceClaimStatuses: [{ name: 'x' }] } },
    { user: node, verb: 'update', subresource: 'status', old: pod({ nodeName: 'n1' }) },
    'pods "p" is forbidden: node "n1" cannot update resource claim statues',
  ],
  [
    'by a kubelet, of a configuration of its own',
    nodes,
    { metadata: { name: 'n1' }, spec: { configSource: {} } },
    { user: node },
    'nodes "n1" is forbidden: node "n1" is not allowed to create pods with a non-nil configSource',
  ],
  [
    'by a kubelet, of a claim',
    persistentVolumeClaims,
    { metadata: { name: 'c' } },
    { user: node },
    'persistentvolumeclaims "c" is forbidden: may only update PVC status',
  ],
  [
    'by a kubelet, of the phase of a claim',
    persistentVolumeClaims,
    { metadata: { name: 'c' }, status: { phase: 'Lost', capacity: { storage: '2Gi' } } },
    {
      ...{ user: node, verb: 'update', subresource: 'status' },
      old: { metadata: { name: 'c' }, status: { phase: 'Bound', capacity: { storage: '1Gi' } } },
    },
    'persistentvolumeclaims "c" is forbidden: node "n1" is not allowed to update fields other than status.quantity and status.conditions',
  ],
  [
    'by a kubelet, of the devices of another node',
    {
      ...{ group: 'resource.k8s.io', version: 'v1', kind: 'ResourceSlice' },
      ...{ plural: 'resourceslices', scope: 'Cluster' },
    },
    { metadata: { name: 's' }, spec: { nodeName: 'n2' } },
    { user: node },
    'resourceslices.resource.k8s.io "s" is forbidden: can only create ResourceSlice with the same NodeName as the requesting node',
  ],
  [
    'by a kubelet, for a token where the driver of a volume cannot be found',
    serviceAccounts,
    tokenOf('vault'),
    {
      ...{ user: node, subresource: 'token', name: 'default' },
      known: [withVolumes({ name: 'v', csi: { driver: 'd' } })],
    },
    'serviceaccounts "default" is forbidden: error validating audience "vault": csidriver.storage.k8s.io "d" not found',
  ],
  [
    'by a kubelet, of a status elsewhere',
    pods,
    pod(),
    { user: node, verb: 'update', subresource: 'status', old: pod({ nodeName: 'n2' }) },
    'pods "p" is forbidden: node "n1" can only update pod status for pods with spec.nodeName set to itself',
  ],
  [
    'by a kubelet, for a token of no pod',
    serviceAccounts,
    { spec: {} },
    { user: node, subresource: 'token', name: 'default' },
    'serviceaccounts "default" is forbidden: node requested token not bound to a pod',
  ],
  [
    'granting what the writer lacks',
    roles,
    role,
    {},
    'roles.rbac.authorization.k8s.io "r" is forbidden: user "ann" (groups=["devs"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
  ],
  [
    'binding a role that is not there',
    roleBindings,
    binding,
    {},
    'role.rbac.authorization.k8s.io "gone" not found',
  ],
]
for (const [name, resource, object, asked, want] of refusals) {
  test(`a ${resource.kind} ${name} is refused`, async () => {
    await assert.rejects(admit(resource, object, asked), { message: want })
  })
}

test('the refusal in a namespace that ends names its cause', async () => {
  const error = await admit(pods, pod(), { namespace: 'dying' }).catch((caught: unknown) => caught)
  assert.ok(error instanceof StatusError)
  assert.deepEqual(error.details?.causes, [
    {
      reason: 'NamespaceTerminating',
      message: 'namespace dying is being terminated',
      field: 'metadata.namespace',
    },
  ])
})

test('the account of a namespace is waited for', async () => {
  const late = objectsOf(base as [ResourceRef, KubeObject][])
  let reads = 0
  const [plugin] = plugins.filter(({ name }) => name === 'ServiceAccount')
  const object = pod() as KubeObject
  const attributes = {
    verb: 'create' as const,
    user: { name: 'ann', groups: [] },
    resource: pods as unknown as Resource,
    subresource: '',
    namespace: 'ns',
    name: 'p',
    dryRun: false,
    options: createOptions,
    object,
  }
  const context: AdmissionContext = {
    objects: {
      ...late,
      get: (resource, key) => (++reads < 5 ? undefined : late.get(resource, key)),
    },
    nowMs: 0,
    warn: () => undefined,
    signal: new AbortController().signal,
  }
  const admitted = await plugin?.mutate?.(attributes, context)
  assert.equal(
    (admitted as { spec?: { serviceAccountName?: string } }).spec?.serviceAccountName,
    'default',
  )
  assert.equal(reads, 5)
})

const specs: [name: string, resource: ResourceRef, object: object, asked: Asked, want: object][] = [
  [
    'takes the number of its class',
    pods,
    pod({ priorityClassName: 'system-node-critical' }),
    { known: systemPriorityClasses.map((each) => [priorityClasses, each]) },
    { priority: 2_000_001_000 },
  ],
  [
    'takes the default class',
    pods,
    pod(),
    {
      known: [
        [
          priorityClasses,
          { metadata: { name: 'std' }, value: 7, globalDefault: true, preemptionPolicy: 'Never' },
        ],
      ],
    },
    { priority: 7, priorityClassName: 'std', preemptionPolicy: 'Never' },
  ],
  [
    'keeps its own tolerations',
    pods,
    pod({ tolerations: [{ operator: 'Exists' }] }),
    {},
    { tolerations: [{ operator: 'Exists' }] },
  ],
  [
    'goes without a token where it says so',
    pods,
    pod({ automountServiceAccountToken: false }),
    {},
    { containers: [{ name: 'c', image: 'i' }] },
  ],
  [
    'gets the defaults of its namespace',
    pods,
    pod({ automountServiceAccountToken: false, containers: [{ name: 'c' }] }),
    {
      known: [range({ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '100m' } })],
    },
    { containers: [{ name: 'c', resources: { limits: { cpu: '1' }, requests: { cpu: '100m' } } }] },
  ],
  [
    'costs what its runtime class does',
    pods,
    pod({ runtimeClassName: 'vm' }),
    {
      known: [
        [
          runtimeClasses,
          { metadata: { name: 'vm' }, handler: 'vm', overhead: { podFixed: { cpu: '1' } } },
        ],
      ],
    },
    { overhead: { cpu: '1' } },
  ],
  [
    'starts as not ready',
    nodes,
    { metadata: { name: 'n1' } },
    { user: node },
    { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] },
  ],
  [
    'gets the default storage class',
    persistentVolumeClaims,
    { metadata: { name: 'c' }, spec: {} },
    {
      known: [
        [
          storageClasses,
          {
            metadata: {
              name: 's',
              annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
            },
          },
        ],
      ],
    },
    { storageClassName: 's' },
  ],
  [
    'gets the default ingress class',
    ingresses,
    { metadata: { name: 'i' }, spec: {} },
    {
      known: [
        [
          ingressClasses,
          {
            metadata: {
              name: 'k',
              annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' },
            },
          },
        ],
      ],
    },
    { ingressClassName: 'k' },
  ],
]
for (const [name, resource, object, asked, want] of specs) {
  test(`a ${resource.kind} ${name}`, async () => {
    const { spec } = (await admit(resource, object, asked)) as unknown as { spec: object }
    assert.deepEqual({ ...spec, ...want }, spec)
  })
}

test('what a LimitRange has set is noted', async () => {
  const limit = {
    type: 'Container',
    default: { cpu: '1', memory: '1Gi' },
    defaultRequest: { cpu: '1' },
  }
  const { metadata } = await admit(pods, pod(), { known: [range(limit)] })
  assert.equal(
    metadata?.annotations?.['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c',
  )
})

test('system:masters may grant anything', async () => {
  await admit(roles, role, { user: { name: 'root', groups: ['system:masters'] } })
})

test('metadata of a role may change without holding its rules', async () => {
  await admit(
    roles,
    { ...role, metadata: { ...role.metadata, labels: { a: 'b' } } },
    { verb: 'update', old: role },
  )
})

test('claims and volumes are protected from the start, and nothing else is', async () => {
  const finalizersOf = async (resource: ResourceRef, ...finalizers: readonly string[]) => {
    const metadata = { name: 'x', ...(finalizers.length > 0 && { finalizers }) }
    return (await admit(resource, { metadata })).metadata?.finalizers
  }
  const own = 'kubernetes.io/pvc-protection'
  assert.deepEqual(await finalizersOf(persistentVolumeClaims, 'a/b'), ['a/b', own])
  assert.deepEqual(await finalizersOf(persistentVolumeClaims, own), [own])
  assert.deepEqual(await finalizersOf(persistentVolumes), ['kubernetes.io/pv-protection'])
  assert.deepEqual(await finalizersOf(storageClasses), undefined)
})
