import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '#machinery'
import { replayLog } from '../engine/replay.ts'
import { readScene } from '../twin/read-scene.ts'
import { type TwinSource, takeTwin } from './take-twin.ts'
import { writeTwin } from './twin.ts'

/** Makes an object as a cluster says it. */
function object(kind: string, name: string, fields: object, namespace = 'shop'): KubeObject {
  const apiVersion = kind === 'Deployment' || kind === 'ReplicaSet' ? 'apps/v1' : 'v1'
  const { metadata = {}, ...rest } = fields as { readonly metadata?: object }
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '7', ...metadata },
    ...rest,
  }
}

const ownedBy = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: 'u', controller: true }],
})

function node(name: string, spec: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec,
    status: { allocatable: { cpu: '3900m', memory: '8Gi', pods: '110' } },
  } as KubeObject
}

function pod(name: string, nodeName: string, metadata: object, namespace = 'shop'): KubeObject {
  const requests = { cpu: '250m', memory: '1Gi' }
  return object(
    'Pod',
    name,
    {
      metadata,
      spec: { nodeName, containers: [{ name: 'c', image: 'i', resources: { requests } }] },
      status: { phase: 'Running' },
    },
    namespace,
  )
}

const labels = { app: 'web' }
const source: TwinSource = {
  takenAt: '2026-01-02T03:04:05.000Z',
  context: 'prod',
  serverVersion: 'v1.33.1',
  secrets: [
    { namespace: 'shop', name: 'db' },
    { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
  ],
  unread: [],
  listed: {
    nodes: [
      node('one'),
      node('two', { unschedulable: true, taints: [{ key: 'gpu', effect: 'NoSchedule' }] }),
    ],
    pods: [
      pod('web-1', 'two', ownedBy('ReplicaSet', 'web-5')),
      pod('web-2', 'two', ownedBy('ReplicaSet', 'web-5')),
      pod('coredns-1', 'one', ownedBy('ReplicaSet', 'coredns-1'), 'kube-system'),
    ],
    'replicasets.apps': [object('ReplicaSet', 'web-5', { metadata: ownedBy('Deployment', 'web') })],
    'deployments.apps': [
      object('Deployment', 'web', {
        metadata: {
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2', team: 'a' },
        },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  name: 'web',
                  image: 'nginx',
                  env: [
                    { name: 'TOKEN', value: 'hunter2' },
                    { name: 'PW', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
                  ],
                },
              ],
            },
          },
        },
        status: { readyReplicas: 2 },
      }),
    ],
    services: [
      object('Service', 'web', {
        spec: {
          selector: labels,
          clusterIP: '10.1.2.3',
          clusterIPs: ['10.1.2.3'],
          ports: [{ port: 80 }],
        },
      }),
      object('Service', 'kubernetes', { spec: { ports: [{ port: 443 }] } }, 'default'),
    ],
    configmaps: [object('ConfigMap', 'settings', { data: { mode: 'hunter2' } })],
  },
}

const text = () => writeTwin(takeTwin(source))

test('a twin holds what a manifest would, and no value that is nobody else’s business', () => {
  const { objects } = takeTwin(source)
  assert.ok(!text().includes('hunter2'))
  assert.deepEqual(
    objects.map(({ kind, metadata }) => `${kind} ${metadata?.namespace}/${metadata?.name}`),
    ['Deployment shop/web', 'Service shop/web', 'ConfigMap shop/settings', 'Secret shop/db'],
  )
  const [deployment, service, configMap, secret] = objects
  assert.deepEqual(deployment?.metadata, {
    name: 'web',
    namespace: 'shop',
    annotations: { team: 'a' },
  })
  assert.ok(!('status' in (deployment ?? {})))
  assert.deepEqual(service, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector: labels, ports: [{ port: 80 }] },
  })
  assert.deepEqual((configMap as { data?: object }).data, { mode: '' })
  // The key is there, since a pod that reads it would not start without.
  assert.deepEqual((secret as { stringData?: object }).stringData, { password: '' })
})

test('pods of the cluster itself take their room from the nodes, and the others have their places', () => {
  const { nodes, placements } = takeTwin(source)
  assert.deepEqual(
    nodes.map(({ name, cpus, memoryBytes }) => ({ name, cpus, memoryBytes })),
    [
      { name: 'one', cpus: 3.65, memoryBytes: 7 * 2 ** 30 },
      { name: 'two', cpus: 3.9, memoryBytes: 8 * 2 ** 30 },
    ],
  )
  assert.equal(nodes[1]?.isCordoned, true)
  assert.deepEqual(nodes[1]?.taints, [{ key: 'gpu', effect: 'NoSchedule' }])
  assert.deepEqual(placements, [
    { namespace: 'shop', kind: 'Deployment', name: 'web', nodes: { two: 2 } },
  ])
})

test('pods begin on the nodes on which they ran, also where the scheduler would bring none', async () => {
  const lines = await replayLog('node-loss', 1, { manifests: [{ file: 't.yaml', text: text() }] })
  const bound = lines.flatMap((line) => /pods shop\/web-\S+ .*bound to (\w+)/.exec(line)?.[1] ?? [])
  assert.deepEqual(bound.slice(0, 2), ['two', 'two'])
  assert.ok(lines.includes('# node-loss: crash the busiest node, seed 1'))
})

test('an object that is handed over beside a twin stands in the place of the cluster’s', () => {
  const changed = `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 81}]}}`
  const scene = readScene(
    [
      { file: 't.yaml', text: text() },
      { file: 'changed.yaml', text: changed },
    ],
    [],
  )
  assert.deepEqual(
    scene.services.map(({ service }) => service),
    ['shop/web:81'],
  )
  assert.deepEqual(scene.cordoned, ['two'])
})

const damaged: readonly (readonly [string, (twin: string) => string, RegExp])[] = [
  ['cut', (twin) => twin.slice(0, twin.indexOf('placements:')), /the end of this twin is missing/],
  ['altered', (twin) => twin.replace('nginx', 'nginx:2'), /was altered since it was taken/],
  ['of another version', (twin) => twin.replace('knarr.dev/v1', 'knarr.dev/v9'), /of the version/],
  ['doubled', (twin) => `${twin}\n---\n${twin}`, /there are two twins/],
]

for (const [how, damage, message] of damaged) {
  test(`a twin that was ${how} is refused with what to do`, () => {
    const read = () => readScene([{ file: 't.yaml', text: damage(text()) }], [])
    assert.throws(read, (error: Error & { hint?: string }) => {
      assert.match(error.message, message)
      assert.ok(error.hint)
      return true
    })
  })
}

test('whoever alters a twin on purpose says so', () => {
  const twin = text()
    .replace('nginx', 'nginx:2')
    .replace(/digest: .*/, 'digest: edited')
  assert.equal(readScene([{ file: 't.yaml', text: twin }], []).workloads.length, 1)
})
