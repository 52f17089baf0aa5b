import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes, pods } from '#api'
import { simulate } from './index.ts'

const pod = (name: string, container: string, more = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  ${more}
  containers: [${container}]
`

/** Each case: what is applied, how long it is left, what is asked about, and what stands in the answer. */
const cases: readonly {
  readonly of: string
  readonly manifest: string
  readonly wait?: string
  readonly target: string
  readonly says: readonly RegExp[]
}[] = [
  {
    of: 'a container that crashes: its exit code, its last words and when it starts again',
    manifest: pod('a', `{name: c, image: busybox, command: [sh, -c, 'echo no config; exit 3']}`),
    wait: '60s',
    target: 'pod/a',
    says: [
      /blocked: container c: CrashLoopBackOff: it exited with code 3, \d restarts; starts again at 20\S+Z, in \S+s \(back-off 40s\)/,
      /it wrote: no config/,
    ],
  },
  {
    of: 'an image that cannot be pulled',
    manifest: pod('a', '{name: c, image: "shop/missing:1"}'),
    wait: '30s',
    target: 'pod/a',
    says: [/blocked: container c: (ErrImagePull|ImagePullBackOff): .*shop\/missing/],
  },
  {
    of: 'a probe that fails',
    manifest: pod(
      'a',
      '{name: c, image: busybox, command: [sleep, "1000"], readinessProbe: {exec: {command: ["false"]}}}',
    ),
    wait: '30s',
    target: 'pod/a',
    says: [/blocked: container c runs and is not ready/, /Unhealthy: Readiness probe failed/],
  },
  {
    of: 'a pod that fits nowhere, by predicate',
    manifest: pod(
      'a',
      '{name: c, image: busybox, resources: {requests: {cpu: "900"}}}',
      'nodeSelector: {disk: ssd}',
    ),
    wait: '5s',
    target: 'pod/a',
    says: [/blocked: no node takes it: 0\/1 nodes are available/, /^ +1 node\(s\) didn't match/m],
  },
  {
    of: 'a volume whose ConfigMap is missing',
    manifest: pod(
      'a',
      '{name: c, image: busybox, volumeMounts: [{name: v, mountPath: /v}]}',
      'volumes: [{name: v, configMap: {name: settings}}]',
    ),
    wait: '10s',
    target: 'pod/a',
    says: [/blocked: FailedMount: .*configmap "settings" not found/],
  },
  {
    of: 'a hook that failed, with its exit code',
    manifest: pod(
      'a',
      `{name: c, image: busybox, command: [sleep, '1000'], lifecycle: {postStart: {exec: {command: [sh, -c, 'exit 7']}}}}`,
      'terminationGracePeriodSeconds: 1',
    ),
    wait: '20s',
    target: 'pod/a',
    says: [/FailedPostStartHook/, /exited with 7/],
  },
]

for (const { of, manifest, wait = '10s', target, says } of cases) {
  test(`why tells of ${of}`, async () => {
    await using cluster = await simulate()
    await cluster.apply(manifest)
    await cluster.advance(wait)
    const text = String(cluster.why(target))
    for (const each of says) assert.match(text, each)
  })
}

test('why names the pod that holds a StatefulSet up, and what holds that pod up', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - name: c
          image: busybox
          command: [sh, -c, 'case $(hostname) in *-1) exit 5;; *) sleep 1000;; esac']
`)
  await cluster.advance('60s')
  const text = String(cluster.why('statefulset/db'))
  assert.match(text, /blocked: pod db-1 is not Ready \(the pods after it wait for it\)/)
  assert.match(text, /^ {4}container c: CrashLoopBackOff: it exited with code 5/m)
})

test('what is Terminating was not deleted: why names the finalizer and who has to remove it', async () => {
  await using cluster = await simulate()
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kept', namespace: 'shop', finalizers: ['example.com/hold'] },
    },
  ])
  await cluster.delete('namespace/shop')
  await cluster.advance('30s')
  const text = String(cluster.why('namespace/shop'))
  assert.match(text, /^namespaces\/shop is Terminating for 30s/)
  assert.match(text, /blocked: configmaps\/kept is still there/)
  assert.match(
    text,
    /finalizer example.com\/hold: knarr, which set it, has to remove it from metadata.finalizers/,
  )
  assert.doesNotMatch(text, /was deleted/)
})

test('why names the budget that refuses a drain, and the refused evictions stand in the log', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: keep}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
`)
  await cluster.until(() => cluster.deployment('web').available)
  await cluster.advance('1s')
  const [{ name } = { name: '' }] = cluster.pods({ app: 'web' })
  const key = { name, namespace: 'default' }
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: key }
  await assert.rejects(cluster.client.createSubresource(pods, key, 'eviction', eviction), {
    code: 429,
  })
  const cordon = { kind: 'merge', patch: { spec: { unschedulable: true } } } as const
  await cluster.client.patch(nodes, { name: 'node-1' }, cordon)
  await cluster.settle()
  const node = String(cluster.why('node/node-1'))
  assert.match(node, /blocked: pod default\/web-\S+ cannot be evicted/)
  assert.match(node, /budget keep refuses an eviction: 1 of 1 pods are healthy and 1 have to be/)
  assert.match(String(cluster.why(`pod/${name}`)), /was refused: create: 429 TooManyRequests/)
  assert.match(cluster.log.lines().join('\n'), /refused pods\/eviction default\/web-/)
})

test('why tells of the admission that refused the pods of a ReplicaSet', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: missing, containers: [{name: c, image: nginx}]}
`)
  await cluster.advance('5s')
  const text = String(cluster.why('deployment/web'))
  assert.match(text, /blocked: FailedCreate: .*serviceaccount "missing" not found/)
})

test('an object that never was is an error, and one that is gone was deleted', async () => {
  await using cluster = await simulate()
  assert.throws(() => cluster.why('pod/none'), {
    code: 'UnknownObject',
    message: /pods "none" not found/,
  })
  await cluster.apply(pod('a', '{name: c, image: busybox}', 'terminationGracePeriodSeconds: 0'))
  await cluster.advance('5s')
  await cluster.delete('pod/a')
  await cluster.advance('5s')
  assert.match(String(cluster.why('pod/a')), /^pods\/a was deleted/)
})
