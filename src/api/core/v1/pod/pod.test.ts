import assert from 'node:assert/strict'
import test from 'node:test'
import { deepEqual, type Stored } from '#machinery'
import { formatQuantity } from '#machinery/quantity'
import { fieldErrorMessage } from '#machinery/validation'
import type { Container, Pod, PodSpec, PodStatus } from '../../../generated/types/index.ts'
import { defaultPod } from './defaults.ts'
import { pods } from './index.ts'
import { findPodPort } from './model/ports.ts'
import { podQosClass } from './model/qos.ts'
import { podRequests } from './model/requests.ts'
import { podGracePeriod } from './strategy.ts'

const nowMs = Date.parse('2026-01-02T03:04:05Z')

function pod(spec: Partial<PodSpec> = {}, container: Partial<Container> = {}): Pod {
  return {
    metadata: { name: 'a', namespace: 'b' },
    spec: { containers: [{ name: 'c', image: 'nginx', ...container }], ...spec },
  }
}

function stored(object: Pod, status?: PodStatus): Stored<Pod> {
  return {
    ...object,
    apiVersion: 'v1',
    kind: 'Pod',
    ...(status && { status }),
    metadata: {
      name: 'a',
      namespace: 'b',
      ...object.metadata,
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-02T03:03:05Z',
    },
  }
}

function messages(object: Pod): string[] {
  return pods.strategy.validate(defaultPod(object)).map(fieldErrorMessage)
}

test('a condition shows both of its times, null when nobody has set them', () => {
  const context = { nowMs, user: { name: 'u', groups: [] } }
  const gate = { schedulingGates: [{ name: 'example.com/wait' }] }
  const made = pods.strategy.prepareForCreate?.(pod(gate), context)
  const [gated] = made?.status?.conditions ?? []
  assert.deepEqual([gated?.lastProbeTime, gated?.lastTransitionTime], [null, null])
  const at = '2026-01-02T03:04:05Z'
  const status = { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }] }
  const part = pods.subresources?.status
  assert.ok(part?.kind === 'part')
  const written = part.prepareForUpdate(stored(pod(), status), stored(pod()), context)
  assert.deepEqual(written.status?.conditions, [
    { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: at },
  ])
})

test('a pod gets the defaults that upstream shows', () => {
  const probe = { httpGet: { port: 8001 }, initialDelaySeconds: 30 }
  assert.deepEqual(
    defaultPod(
      pod(
        { hostNetwork: true, serviceAccountName: 'x', volumes: [{ name: 'v' }] },
        {
          ports: [{ containerPort: 80 }],
          readinessProbe: probe,
          resources: { limits: { cpu: '1' } },
          env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        },
      ),
    ).spec,
    {
      hostNetwork: true,
      serviceAccountName: 'x',
      serviceAccount: 'x',
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: true,
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          name: 'c',
          image: 'nginx',
          imagePullPolicy: 'Always',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
          resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
          env: [
            {
              name: 'A',
              valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
            },
          ],
          readinessProbe: {
            httpGet: { port: 8001, path: '/', scheme: 'HTTP' },
            initialDelaySeconds: 30,
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
        },
      ],
    },
  )
})

test('defaulting what has defaults changes nothing, not even its identity', () => {
  const once = defaultPod(pod({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }))
  assert.equal(defaultPod(once), once)
})

const policies = [
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.25', 'IfNotPresent'],
  ['registry:5000/nginx', 'Always'],
  [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  [`nginx:latest@sha256:${'0'.repeat(64)}`, 'Always'],
  ['NGINX:::', 'IfNotPresent'],
] as const

for (const [image, want] of policies) {
  test(`image ${image} is pulled ${want}`, () => {
    assert.equal(defaultPod(pod({}, { image })).spec?.containers[0]?.imagePullPolicy, want)
  })
}

const port = { containerPort: 80 }
const refusals: readonly (readonly [string, Pod, readonly string[]])[] = [
  ['nothing to run', pod({ containers: [] }), ['spec.containers: Required value']],
  ['no image', pod({}, { image: '' }), ['spec.containers[0].image: Required value']],
  [
    'a second container of the same name',
    pod({
      containers: [
        { name: 'c', image: 'x' },
        { name: 'c', image: 'x' },
      ],
    }),
    ['spec.containers[1].name: Duplicate value: "c"'],
  ],
  [
    'a mount of no volume',
    pod({}, { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    'two sources of one volume',
    pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }),
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'a request above its limit',
    pod({}, { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
  ],
  [
    'a resource that does not exist',
    pod({}, { resources: { limits: { gpu: '1' }, requests: { gpu: '1' } } }),
    [
      'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
      'spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers',
    ],
  ],
  [
    'a restart policy that does not exist',
    pod({ restartPolicy: 'Sometimes' }),
    [
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
  ],
  [
    'a liveness probe that needs two successes',
    pod({}, { livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }),
    ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  ],
  [
    'a probe without a handler',
    pod({}, { readinessProbe: {} }),
    ['spec.containers[0].readinessProbe: Required value: must specify a handler type'],
  ],
  [
    'a probe with two handlers',
    pod({}, { readinessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } }),
    [
      'spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
    ],
  ],
  [
    'one port of the node twice',
    pod({
      containers: [
        { name: 'c', image: 'x', ports: [{ ...port, hostPort: 80 }] },
        { name: 'd', image: 'x', ports: [{ ...port, hostPort: 80 }] },
      ],
    }),
    ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
  ],
  [
    'a variable from nowhere',
    pod({}, { env: [{ name: 'A', valueFrom: {} }] }),
    [
      'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ],
  ],
  [
    'a probe of an init container that ends',
    pod({
      initContainers: [{ name: 'i', image: 'x', livenessProbe: { tcpSocket: { port: 1 } } }],
    }),
    [
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'a toleration of everything by value',
    pod({ tolerations: [{ operator: 'Equal' }] }),
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    'a time limit on a toleration of anything but NoExecute',
    pod({ tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 1 }] }),
    [
      'spec.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  ],
  [
    'a mode out of range',
    pod({ volumes: [{ name: 'v', secret: { secretName: 's', defaultMode: 0o1000 } }] }),
    [
      'spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  ],
  [
    'no name',
    { metadata: { namespace: 'b' }, spec: { containers: [{ name: 'c', image: 'x' }] } },
    ['metadata.name: Required value: name or generateName is required'],
  ],
]

for (const [name, given, want] of refusals) {
  test(`a pod with ${name} is refused`, () => assert.deepEqual(messages(given), want))
}

test('a pod may get another image but no other command', () => {
  const old = stored(defaultPod(pod()))
  const renewed = {
    ...old,
    spec: { ...old.spec!, containers: [{ ...old.spec!.containers[0]!, image: 'x:2' }] },
  }
  assert.deepEqual(pods.strategy.validateUpdate(renewed, old), [])
  const changed = { ...old, spec: { ...old.spec!, restartPolicy: 'Never' } }
  const [message] = pods.strategy.validateUpdate(changed, old).map(fieldErrorMessage)
  assert.match(
    message ?? '',
    /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers\[\*\]\.image`,`spec\.activeDeadlineSeconds`,`spec\.tolerations` \(only additions to existing tolerations\),`spec\.terminationGracePeriodSeconds` \(allow it to be set to 1 if it was previously negative\)\n {2}core\.PodSpec\{\n/,
  )
  assert.match(message ?? '', /\n- \tRestartPolicy: "Always",\n\+ \tRestartPolicy: "Never",\n/)
})

test('tolerations may be added, not taken away', () => {
  const old = stored(defaultPod(pod({ tolerations: [{ key: 'a', operator: 'Exists' }] })))
  const withTolerations = (tolerations: PodSpec['tolerations']): Pod => ({
    ...old,
    spec: { ...old.spec!, ...(tolerations && { tolerations }) },
  })
  const more = withTolerations([...old.spec!.tolerations!, { key: 'b', operator: 'Exists' }])
  assert.deepEqual(pods.strategy.validateUpdate(more, old), [])
  assert.deepEqual(pods.strategy.validateUpdate(withTolerations([]), old).map(fieldErrorMessage), [
    'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
  ])
})

const qos = [
  [{}, 'BestEffort'],
  [{ requests: { cpu: '1' } }, 'Burstable'],
  [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
  [{ limits: { cpu: '0' } }, 'BestEffort'],
] as const

for (const [resources, want] of qos) {
  test(`resources ${JSON.stringify(resources)} make a pod ${want}`, () => {
    assert.equal(podQosClass(defaultPod(pod({}, { resources }))), want)
  })
}

test('a pod requests what sidecars and containers need together, or its largest init container', () => {
  const needs = (cpu: string) => ({ resources: { requests: { cpu } } })
  const given = pod(
    {
      overhead: { cpu: '10m' },
      initContainers: [
        { name: 'first', image: 'x', ...needs('3') },
        { name: 'side', image: 'x', restartPolicy: 'Always', ...needs('1') },
        { name: 'last', image: 'x', ...needs('3') },
      ],
    },
    needs('2'),
  )
  assert.equal(formatQuantity(podRequests(given).get('cpu')!), '4010m')
})

test('a service finds a named port of a container or a sidecar, of the right protocol', () => {
  const given = pod(
    {
      initContainers: [
        {
          name: 's',
          image: 'x',
          restartPolicy: 'Always',
          ports: [{ name: 'm', containerPort: 9 }],
        },
      ],
    },
    { ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }] },
  )
  assert.equal(findPodPort(given, 'm', 'TCP'), 9)
  assert.equal(findPodPort(given, 'dns', 'TCP'), undefined)
  assert.equal(findPodPort(given, 8080, 'TCP'), 8080)
})

const graces = [
  [
    'its own period',
    { nodeName: 'n', terminationGracePeriodSeconds: 60 },
    'Running',
    undefined,
    60,
  ],
  ['what is asked for', { nodeName: 'n' }, 'Running', 5, 5],
  ['none without a node', {}, 'Pending', 30, 0],
  ['none when it has ended', { nodeName: 'n' }, 'Succeeded', 30, 0],
  ['a second for less than none', { nodeName: 'n' }, 'Running', -1, 1],
] as const

for (const [name, spec, phase, asked, want] of graces) {
  test(`a deleted pod gets ${name}`, () => {
    assert.equal(podGracePeriod(stored(pod(spec), { phase }), asked), want)
  })
}

function row(object: Stored<Pod>): unknown[] {
  return pods.columns.map((column) => column.value(object, nowMs))
}

const running = {
  state: { running: {} },
  ready: true,
  started: true,
  restartCount: 0,
  image: 'x',
  imageID: '',
}
const waiting = (reason: string, restartCount = 0) => ({
  ...running,
  ready: false,
  restartCount,
  state: { waiting: { reason } },
})

const rows: readonly (readonly [string, PodStatus, readonly string[]])[] = [
  ['pending', { phase: 'Pending' }, ['0/1', 'Pending', '0']],
  [
    'running',
    { phase: 'Running', containerStatuses: [{ name: 'c', ...running }] },
    ['1/1', 'Running', '0'],
  ],
  [
    'in a crash loop',
    {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'c',
          ...waiting('CrashLoopBackOff', 3),
          lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-02T03:03:35Z' } },
        },
      ],
    },
    ['0/1', 'CrashLoopBackOff', '3 (30s ago)'],
  ],
  [
    'ended by a signal',
    {
      phase: 'Failed',
      containerStatuses: [
        {
          name: 'c',
          ...running,
          ready: false,
          state: { terminated: { exitCode: 137, signal: 9 } },
        },
      ],
    },
    ['0/1', 'Signal:9', '0'],
  ],
  ['evicted', { phase: 'Failed', reason: 'Evicted' }, ['0/1', 'Evicted', '0']],
]

for (const [name, status, want] of rows) {
  test(`a pod that is ${name} shows ${want.join(' ')}`, () => {
    assert.deepEqual(row(stored(pod(), status)).slice(1, 4), want)
  })
}

test('init containers that hold up a pod show how many are done', () => {
  const given = pod({
    initContainers: [
      { name: 'i', image: 'x' },
      { name: 'j', image: 'x' },
    ],
  })
  const status: PodStatus = {
    phase: 'Pending',
    initContainerStatuses: [
      { name: 'i', ...running, state: { terminated: { exitCode: 0 } } },
      { name: 'j', ...waiting('PodInitializing') },
    ],
  }
  assert.deepEqual(row(stored(given, status)).slice(1, 4), ['0/1', 'Init:1/2', '0'])
})

test('a deleted pod shows Terminating until it has ended', () => {
  const leaving = stored(
    { ...pod(), metadata: { deletionTimestamp: '2026-01-02T03:04:35Z' } },
    { phase: 'Running' },
  )
  assert.equal(row(leaving)[2], 'Terminating')
})

test('a new pod is pending and knows its quality of service', () => {
  const made = pods.strategy.prepareForCreate?.(
    { ...defaultPod(pod()), status: { phase: 'Running' } },
    { nowMs, user: { name: 'u', groups: [] } },
  )
  assert.deepEqual(made?.status, { phase: 'Pending', qosClass: 'BestEffort' })
})

test('the status subresource leaves the spec alone', () => {
  const old = stored(defaultPod(pod()), { phase: 'Pending', qosClass: 'BestEffort' })
  const part = pods.subresources?.status
  assert.ok(part?.kind === 'part')
  const draft: Pod = {
    ...old,
    spec: { containers: [] },
    status: { phase: 'Running', podIP: '10.0.0.1' },
  }
  const next = part.prepareForUpdate(draft, old, { nowMs, user: { name: 'u', groups: [] } })
  assert.ok(deepEqual(next.spec, old.spec))
  assert.deepEqual(next.status, {
    phase: 'Running',
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }],
    qosClass: 'BestEffort',
  })
})

test('a variable that hides another is worth a warning', () => {
  const given = pod(
    {},
    {
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    },
  )
  assert.deepEqual(pods.strategy.warnings?.(given), [
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ])
})

test('a host name of its own is a DNS name, and not for pods that have one by other means', () => {
  const at = 'spec.hostnameOverride'
  const said = (spec: Partial<PodSpec>) =>
    messages(pod(spec)).filter((message) => message.startsWith(at))
  assert.deepEqual(said({ hostnameOverride: 'db.example.org' }), [])
  assert.deepEqual(said({ hostnameOverride: 'db', setHostnameAsFQDN: true, hostNetwork: true }), [
    `${at}: Forbidden: may not be specified when setHostnameAsFQDN is true`,
    `${at}: Forbidden: may not be specified when hostNetwork is true`,
  ])
  const long = 'x'.repeat(65)
  assert.deepEqual(said({ hostnameOverride: long }), [
    `${at}: Too long: may not be more than 64 bytes`,
  ])
  assert.match(
    said({ hostnameOverride: 'No_Name' })[0] ?? '',
    /: Invalid value: "No_Name": a lowercase RFC 1123 subdomain/,
  )
})
