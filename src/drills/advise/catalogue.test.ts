import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readManifests } from '../input/manifest.ts'
import { type Scene, sceneOf } from '../input/scene.ts'
import { patchedScene } from './apply-patches.ts'
import { changesFor } from './catalogue.ts'

const nodes = [{ name: 'node-1', cpus: 4, memoryBytes: 8 * 2 ** 30 }]

const causes = [
  ...['no-endpoint', 'lost-node', 'stale-endpoint', 'cut-off', 'no-readiness-probe', 'hangs'],
  ...['not-listening', 'answered-5xx', 'crashed', 'probe-restarts', 'unfinished', 'no-pod'],
  ...['sent-while-terminating', 'stuck-pending'],
]
const changes = [...new Set(causes.flatMap(changesFor))]

interface Faults {
  readonly spec?: string
  readonly pod?: string
  readonly container?: string
  readonly service?: string
  readonly more?: string
}

/** A Deployment of two pods and its Service, with lines in several places. */
function sceneWith({
  spec = '',
  pod = '',
  container = '',
  service = '',
  more = '',
}: Faults): Scene {
  const text = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  ${spec}
  template:
    metadata: {labels: {app: web}}
    spec:
      ${pod}
      containers:
        - name: web
          image: example.com/web:1
          ports: [{containerPort: 8080}]
          ${container}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {${service || 'selector: {app: web}, ports: [{port: 80, targetPort: 8080}]'}}
${more}
`
  return sceneOf(readManifests([{ file: 'app.yaml', text }]), nodes)
}

const budget = `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
`

/** What each change is for, and a text that the changed manifest has. */
const table: readonly (readonly [change: string, given: Faults, changed: RegExp])[] = [
  ['readiness-probe', {}, /"readinessProbe":{"tcpSocket":{"port":8080},"periodSeconds":5}/],
  [
    'startup-probe',
    { container: 'livenessProbe: {httpGet: {port: 8080}}' },
    /"startupProbe":{"httpGet":{"port":8080},"periodSeconds":5,"failureThreshold":60}/,
  ],
  [
    'patient-probes',
    { container: 'livenessProbe: {httpGet: {port: 8080}, failureThreshold: 1}' },
    /"failureThreshold":3,"timeoutSeconds":5/,
  ],
  ['pre-stop-sleep', {}, /"preStop":{"sleep":{"seconds":5}}/],
  [
    'pre-stop-sleep',
    { pod: 'terminationGracePeriodSeconds: 2' },
    /"terminationGracePeriodSeconds":15/,
  ],
  ['grace-30s', { pod: 'terminationGracePeriodSeconds: 2' }, /"terminationGracePeriodSeconds":30/],
  ['grace-60s', {}, /"terminationGracePeriodSeconds":60/],
  ['grace-120s', {}, /"terminationGracePeriodSeconds":120/],
  ['max-unavailable', { spec: 'strategy: {type: Recreate}' }, /"maxUnavailable":0,"maxSurge":1/],
  ['min-ready-seconds', {}, /"minReadySeconds":10/],
  ['looser-budget', { more: budget }, /"maxUnavailable":1/],
  [
    'requests',
    { container: 'resources: {requests: {cpu: 64, memory: 1Mi}}' },
    /"requests":{"cpu":"2000m","memory":"1Mi"}/,
  ],
  ['pull-policy', { container: 'imagePullPolicy: Always' }, /"imagePullPolicy":"IfNotPresent"/],
  ['pull-always', {}, /"imagePullPolicy":"Always"/],
  ['liveness-probe', {}, /"livenessProbe":{"httpGet":{"path":"\/","port":8080}/],
  ['toleration-seconds', {}, /"tolerationSeconds":10/],
  ['spread-nodes', {}, /"topologyKey":"kubernetes.io\/hostname"/],
  ['spread-zones', {}, /"topologyKey":"topology.kubernetes.io\/zone"/],
  ['budget', {}, /"kind":"PodDisruptionBudget"/],
  [
    'selector',
    { service: 'selector: {app: wbe}, ports: [{port: 80, targetPort: 8080}]' },
    /"selector":{"app":"web"},"ports"/,
  ],
  [
    'target-port',
    { service: 'selector: {app: web}, ports: [{port: 80, targetPort: 80}]' },
    /"targetPort":8080/,
  ],
]

for (const [name, given, changed] of table) {
  test(`${name} changes what it is for, and nothing a second time: ${JSON.stringify(given)}`, () => {
    const scene = sceneWith(given)
    const patches = patchesOf(name, scene)
    assert.ok(patches.length > 0)
    assert.doesNotMatch(JSON.stringify(scene.objects), changed)
    const after = patchedScene(scene, patches)
    assert.match(JSON.stringify(after.objects), changed)
    if (name !== 'looser-budget') assert.deepEqual(patchesOf(name, after), [])
  })
}

test('two pods are wanted where there is one', () => {
  const scene = sceneWith({})
  assert.deepEqual(patchesOf('replicas', scene), [])
  const single = patchedScene(scene, [
    {
      change: 'test',
      text: '',
      target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
      type: 'merge',
      patch: { spec: { replicas: 1 } },
    },
  ])
  const [patch] = patchesOf('replicas', single)
  assert.deepEqual(patch?.patch, { spec: { replicas: 2 } })
  assert.deepEqual(patch?.target.at, { file: 'app.yaml', line: 2 })
})

test('every change that is tried for a cause is tested here', () => {
  const tested = new Set([...table.map(([name]) => name), 'replicas'])
  assert.deepEqual(
    changes.map(({ name }) => name).filter((name) => !tested.has(name)),
    [],
  )
})

function patchesOf(name: string, scene: Scene) {
  const change = changes.find((each) => each.name === name)
  return scene.workloads.flatMap((workload) => change?.patches(workload, scene) ?? [])
}
