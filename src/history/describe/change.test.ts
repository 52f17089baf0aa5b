import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '#machinery'
import { describeChange, describeState } from './change.ts'

const pod = (status: object, spec: object = {}, metadata: object = {}): KubeObject =>
  ({ kind: 'Pod', metadata: { name: 'web', ...metadata }, spec, status }) as KubeObject
const crashed = {
  name: 'web',
  ready: false,
  restartCount: 3,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { exitCode: 1 } },
}
const running = { name: 'web', ready: true, restartCount: 2, state: { running: {} } }
const node = (status: string, reason: string, taints: readonly object[] = []): KubeObject =>
  ({
    kind: 'Node',
    spec: { taints },
    status: { conditions: [{ type: 'Ready', status, reason }] },
  }) as KubeObject
const slice = (...endpoints: readonly object[]): KubeObject =>
  ({ kind: 'EndpointSlice', endpoints }) as KubeObject
const endpoint = (address: string, ready: boolean) => ({
  addresses: [address],
  conditions: { ready },
})
const replicas = (kind: string, wanted: number, availableReplicas: number): KubeObject =>
  ({ kind, spec: { replicas: wanted }, status: { availableReplicas } }) as KubeObject
const lease = (holderIdentity: string, renewTime: string): KubeObject =>
  ({ kind: 'Lease', spec: { holderIdentity, renewTime } }) as KubeObject

const cases: readonly (readonly [
  string,
  KubeObject | undefined,
  KubeObject | undefined,
  readonly string[],
])[] = [
  [
    'a pod gets its phase',
    pod({ phase: 'Pending' }),
    pod({ phase: 'Running' }),
    ['phase Pending → Running'],
  ],
  ['a pod is bound', pod({}), pod({}, { nodeName: 'node-1' }), ['bound to node-1']],
  [
    'a container crashes',
    pod({ containerStatuses: [running] }),
    pod({ containerStatuses: [crashed] }),
    ['container web waiting CrashLoopBackOff, not ready, restart 3'],
  ],
  [
    'a condition turns',
    pod({ conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }] }),
    pod({ conditions: [{ type: 'Ready', status: 'True' }] }),
    ['condition Ready False → True'],
  ],
  [
    'an end is asked for',
    pod({}),
    pod({}, {}, { deletionTimestamp: 'now', deletionGracePeriodSeconds: 30 }),
    ['deletion requested, grace 30 s'],
  ],
  [
    'a node is lost',
    node('True', 'KubeletReady'),
    node('Unknown', 'NodeStatusUnknown', [{ key: 'a/b', effect: 'NoExecute' }]),
    ['condition Ready True → Unknown (NodeStatusUnknown)', 'taint a/b:NoExecute added'],
  ],
  [
    'endpoints come and go',
    slice(endpoint('10.0.0.1', true), endpoint('10.0.0.2', true)),
    slice(endpoint('10.0.0.1', false)),
    ['10.0.0.1 ready → not ready', '10.0.0.2 removed'],
  ],
  [
    'a Deployment grows',
    replicas('Deployment', 1, 1),
    replicas('Deployment', 3, 2),
    ['replicas wanted 1 → 3', 'available 1 → 2'],
  ],
  ['a lease is renewed', lease('node-1', '1'), lease('node-1', '2'), ['renewed']],
  [
    'an event is told',
    undefined,
    {
      kind: 'Event',
      type: 'Warning',
      reason: 'BackOff',
      message: 'later',
      involvedObject: { kind: 'Pod', name: 'web' },
    } as KubeObject,
    ['created', 'Warning BackOff of Pod/web: later'],
  ],
  [
    'a Job ends',
    { kind: 'Job', status: { active: 1 } } as KubeObject,
    { kind: 'Job', status: { succeeded: 1 } } as KubeObject,
    ['active 1 → 0', 'succeeded 0 → 1'],
  ],
  [
    'anything else tells its paths',
    { kind: 'ConfigMap', data: { a: '1', b: '1' } } as KubeObject,
    { kind: 'ConfigMap', data: { a: '2', b: '1' } } as KubeObject,
    ['changed data.a'],
  ],
  ['something goes', pod({}), undefined, ['deleted']],
]

for (const [name, before, after, words] of cases) {
  test(`what changed when ${name}`, () => {
    assert.deepEqual(describeChange(before, after).words, words)
  })
}

test('the state of a pod tells what holds it back', () => {
  const waiting = pod({ phase: 'Running', containerStatuses: [crashed] })
  assert.equal(
    describeState(waiting),
    'Running and not Ready; container web CrashLoopBackOff after exit code 1, 3 restarts',
  )
  const message = '0/3 nodes are available: 3 Insufficient cpu.'
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }]
  assert.equal(
    describeState(pod({ phase: 'Pending', conditions })),
    `Pending: unschedulable: ${message}`,
  )
})

const stalled = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'ReplicaSet "web-1" has timed out progressing.',
}
const unavailable = { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }
const tooOften = {
  type: 'Failed',
  status: 'True',
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
}

const workloads: readonly (readonly [string, object, object, string])[] = [
  ['Deployment', { replicas: 3 }, { readyReplicas: 1 }, '1 of 3 ready'],
  [
    'Deployment',
    {},
    { conditions: [unavailable, stalled] },
    `0 of 1 ready; ProgressDeadlineExceeded: ${stalled.message}`,
  ],
  [
    'ReplicaSet',
    { replicas: 2 },
    {
      conditions: [
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'no' },
      ],
    },
    '0 of 2 ready; FailedCreate: no',
  ],
  ['DaemonSet', {}, { desiredNumberScheduled: 5, numberReady: 4 }, '4 of 5 ready'],
  ['Job', {}, { active: 2, failed: 1 }, '2 active, 0 succeeded, 1 failed'],
  ['Job', { suspend: true }, {}, 'suspended; 0 active, 0 succeeded, 0 failed'],
  ['Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }, 'Complete'],
  ['Job', {}, { conditions: [tooOften] }, `Failed (BackoffLimitExceeded: ${tooOften.message})`],
]

for (const [kind, spec, status, state] of workloads) {
  test(`the state of a ${kind} is told: ${state}`, () => {
    assert.equal(describeState({ kind, spec, status } as KubeObject), state)
  })
}
