import assert from 'node:assert/strict'
import test from 'node:test'
import type { KubeObject, Resource } from '#machinery'
import { examples } from './resource-fixture.ts'
import { resources } from './served/resources.ts'
import { refusalsOf, updateRefusalsOf } from './shared/refusals-fixture.ts'
import { faultRules } from './sim/v1alpha1/fault/types.ts'

type Draft = KubeObject & Record<string, unknown>

function resourceOf(kind: string): Resource<Draft> {
  const found = resources.find((each) => each.kind === kind && each.group !== 'extensions')
  assert.ok(found, kind)
  return found as unknown as Resource<Draft>
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

const configMap = { immutable: true, data: { a: '1' } }
const claim = {
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}

const refusals: readonly (readonly [string, string, Draft, readonly string[]])[] = [
  [
    'Clock',
    'another name, and no speed',
    { metadata: { name: 'mine', namespace: '' }, spec: { speed: '0' } },
    [
      'metadata.name: Invalid value: "mine": must be cluster: a cluster has one',
      'spec.speed: Invalid value: "0": must be a number above 0 and at most 100000',
    ],
  ],
  [
    'Fault',
    'a type that nobody knows',
    { metadata: { namespace: '' }, spec: { type: 'Earthquake' } },
    [
      `spec.type: Unsupported value: "Earthquake": supported values: ${quoted(Object.keys(faultRules))}`,
    ],
  ],
  [
    'Fault',
    'no node, what is not its own, and an impossible duration',
    {
      metadata: { namespace: '' },
      spec: { type: 'SlowWatch', registry: 'docker.io', delay: '-3s', duration: 'soon' },
    },
    [
      'spec.node: Required value: SlowWatch needs it',
      'spec.registry: Forbidden: SlowWatch does not take it',
      'spec.delay: Invalid value: "-3s": must be a duration above 0 and at most 87600h, such as 5m',
      'spec.duration: Invalid value: "soon": must be a duration above 0 and at most 87600h, such as 5m',
    ],
  ],
  [
    'ConfigMap',
    'a key that is no name of a file',
    { data: { 'a/b': '1' } },
    [
      "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
  ],
  [
    'ConfigMap',
    'more than a mebibyte',
    { data: { a: 'x'.repeat(1024 * 1024 + 1) } },
    ['[]: Too long: may not be more than 1048576 bytes'],
  ],
  [
    'Secret',
    'half a key pair',
    { type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==' } },
    ['data[tls.key]: Required value'],
  ],
  [
    'Node',
    'a taint that does nothing',
    { metadata: { namespace: '' }, spec: { taints: [{ key: 'a', effect: 'Nothing' }] } },
    [
      'metadata.taints[0].effect: Unsupported value: "Nothing": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ],
  [
    'PersistentVolumeClaim',
    'no mode',
    { spec: { resources: { requests: { storage: '1Gi' } } } },
    ['spec.accessModes: Required value: at least 1 access mode is required'],
  ],
  [
    'Job',
    'pods that are restarted for ever',
    { spec: { template: { spec: { containers: [{ name: 'c', image: 'x' }] } } } },
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    'CronJob',
    'a schedule that cannot be read',
    {
      ...examples['batch/v1 CronJob'],
      spec: { ...(examples['batch/v1 CronJob']?.spec as object), schedule: 'daily' },
    },
    ['spec.schedule: Invalid value: "daily": expected exactly 5 fields, found 1: [daily]'],
  ],
  [
    'Role',
    'a rule about URLs',
    { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
    [
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ],
  ],
  [
    'Role',
    'a rule about nothing',
    { rules: [{ verbs: [] }] },
    [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
  ],
  [
    'PriorityClass',
    'a name of the system',
    { metadata: { name: 'system-mine', namespace: '' }, value: 1 },
    [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only",
    ],
  ],
  [
    'PodDisruptionBudget',
    'two bounds',
    { spec: { minAvailable: 1, maxUnavailable: 1 } },
    [
      'spec: Invalid value: {"maxUnavailable":1,"minAvailable":1}: minAvailable and maxUnavailable cannot be both set',
    ],
  ],
  [
    'Ingress',
    'nowhere to go',
    { spec: {} },
    ['spec: Invalid value: {}: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'EndpointSlice',
    'an address of another family',
    { addressType: 'IPv4', endpoints: [{ addresses: ['fd00::1'] }] },
    ['endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address'],
  ],
  [
    'EndpointSlice',
    'addresses that are about one machine or link',
    {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1', '169.254.169.254', '224.0.0.1', '0.0.0.0', 'x'] }],
    },
    [
      'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'endpoints[0].addresses[1]: Invalid value: "169.254.169.254": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'endpoints[0].addresses[2]: Invalid value: "224.0.0.1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      'endpoints[0].addresses[3]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      'endpoints[0].addresses[4]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'Endpoints',
    'an address of the machine that reads it',
    { subsets: [{ addresses: [{ ip: '::1' }], ports: [{ port: 80 }] }] },
    [
      'subsets[0].addresses[0].ip: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
]

for (const [kind, name, given, want] of refusals) {
  test(`a ${kind} with ${name} is refused`, () => {
    assert.deepEqual(refusalsOf(resourceOf(kind), given), want)
  })
}

const updates: readonly (readonly [string, string, Draft, Draft, readonly string[]])[] = [
  [
    'ConfigMap',
    'that is immutable does not change',
    configMap,
    { ...configMap, data: { a: '2' } },
    ['data: Forbidden: field is immutable when `immutable` is set'],
  ],
  [
    'ConfigMap',
    'that is immutable stays so',
    configMap,
    { data: { a: '1' } },
    ['immutable: Forbidden: field is immutable when `immutable` is set'],
  ],
  [
    'Secret',
    'keeps its type',
    { type: 'a' },
    { type: 'b' },
    ['type: Invalid value: "b": field is immutable'],
  ],
  [
    'RoleBinding',
    'keeps its role',
    { roleRef: { kind: 'Role', name: 'a' } },
    { roleRef: { kind: 'Role', name: 'b' } },
    [
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"}: cannot change roleRef',
    ],
  ],
  [
    'PersistentVolumeClaim',
    'keeps its modes',
    claim,
    { spec: { ...claim.spec, accessModes: ['ReadOnlyMany'] } },
    [
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ],
  ],
  [
    'StatefulSet',
    'keeps the name of its service',
    examples['apps/v1 StatefulSet'] as Draft,
    {
      ...examples['apps/v1 StatefulSet'],
      spec: { ...(examples['apps/v1 StatefulSet']?.spec as object), serviceName: 'other' },
    },
    [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  ],
]

for (const [kind, name, before, after, want] of updates) {
  test(`a ${kind} ${name}`, () => {
    assert.deepEqual(updateRefusalsOf(resourceOf(kind), before, after), want)
  })
}
