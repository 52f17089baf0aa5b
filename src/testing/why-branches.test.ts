import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nodes } from '#api'
import { simulate } from './index.ts'
import type { Simulation } from './simulation.ts'

const job = (script: string, more = '') => `
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  ${more}
  backoffLimit: 1
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, '${script}']}]}
`

const cronJob = (more: string) => `
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '* * * * *'
  ${more}
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, '600']}]}
`

const service = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web, tier: front}, ports: [{port: 80}]}
`

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
`

const pod = (spec: string, hook = '', labels = '{}') => `
apiVersion: v1
kind: Pod
metadata: {name: a, labels: ${labels}}
spec:
  ${spec}
  containers: [{name: c, image: busybox, command: [sleep, '100000']${hook}}]
`

interface Case {
  readonly of: string
  readonly manifest: string
  readonly wait: string
  readonly target: string
  /** What blocks it, indented by what lies behind; drawn letters of names are stars. */
  readonly blocked: readonly string[]
  readonly afterwards?: (cluster: Simulation) => Promise<unknown>
}

const cases: readonly Case[] = [
  {
    of: 'a Job that tries again: how often it did, and what became of the last pod',
    manifest: job('echo no database; exit 4'),
    wait: '5s',
    target: 'job/a',
    blocked: [
      '1 of 2 tries failed; pod a-* was the last',
      '  container c exited with code 4',
      '    it wrote: no database',
    ],
  },
  {
    of: 'a Job that has failed',
    manifest: job('echo no database; exit 4'),
    wait: '2m',
    target: 'job/a',
    blocked: [
      'BackoffLimitExceeded: Job has reached the specified backoff limit',
      '2 failed; pod a-* was the last',
      '  container c exited with code 4',
      '    it wrote: no database',
    ],
  },
  {
    of: 'a Job that took too long',
    manifest: job('sleep 1000', 'activeDeadlineSeconds: 5'),
    wait: '60s',
    target: 'job/a',
    blocked: ['DeadlineExceeded: Job was active longer than specified deadline'],
  },
  {
    of: 'a Job that is suspended',
    manifest: job('true', 'suspend: true'),
    wait: '5s',
    target: 'job/a',
    blocked: ['it is suspended (spec.suspend)'],
  },
  {
    of: 'a Job that is done: nothing',
    manifest: job('true'),
    wait: '30s',
    target: 'job/a',
    blocked: [],
  },
  {
    of: 'a CronJob whose last Job still runs',
    manifest: cronJob('concurrencyPolicy: Forbid'),
    wait: '4m',
    target: 'cronjob/a',
    blocked: ['job a-29453761 still runs, and concurrencyPolicy is Forbid'],
  },
  {
    of: 'a CronJob that is suspended',
    manifest: cronJob('suspend: true'),
    wait: '4m',
    target: 'cronjob/a',
    blocked: ['it is suspended (spec.suspend)'],
  },
  {
    of: 'a Service that selects nothing',
    manifest: service,
    wait: '5s',
    target: 'service/web',
    blocked: ['no pod has the labels app=web,tier=front, so it has no endpoints'],
  },
  {
    of: 'a Service whose pod is not ready',
    manifest: `${service}---${pod('readinessGates: [{conditionType: example.com/lb}]', '', '{app: web, tier: front}')}`,
    wait: '15s',
    target: 'service/web',
    blocked: [
      '0 of the 1 pods that it selects are Ready',
      '  pod a is not Ready',
      '    readiness gate example.com/lb was not set',
    ],
  },
  {
    of: 'a claim without a volume',
    manifest: claim,
    wait: '10s',
    target: 'pvc/data',
    blocked: ['no volume of the class fast is bound to it'],
  },
  {
    of: 'a pod that waits for a claim',
    manifest: `${claim}---${pod('volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]')}`,
    wait: '10s',
    target: 'pod/a',
    blocked: [
      'no node takes it: 0/1 nodes are available',
      '  pod has unbound immediate PersistentVolumeClaims',
      '  no new claims to deallocate',
      '  preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling',
    ],
  },
  {
    of: 'a pod with scheduling gates',
    manifest: pod('schedulingGates: [{name: example.com/quota}, {name: example.com/licence}]'),
    wait: '5s',
    target: 'pod/a',
    blocked: [
      'scheduling gate example.com/quota: whoever set it has to remove it',
      'scheduling gate example.com/licence: whoever set it has to remove it',
    ],
  },
  {
    of: 'a postStart hook that failed, with its exit code',
    manifest: pod(
      'terminationGracePeriodSeconds: 1',
      ", lifecycle: {postStart: {exec: {command: [sh, -c, 'exit 7']}}}",
    ),
    wait: '20s',
    target: 'pod/a',
    blocked: [
      'container c: CrashLoopBackOff: it exited with code 137, by signal 9, 2 restarts; starts again at 2026-01-01T00:00:38Z, in 18s (back-off 20s)',
      `  FailedPostStartHook: PostStartHook failed: Exec lifecycle hook ([sh -c exit 7]) for Container "c" in Pod "a_default(UID)" failed - error: command 'sh -c exit 7' exited with 7: , message: "" (3 times)`,
    ],
  },
  {
    of: 'a pod that ends, with a hook, and how long it may take',
    manifest: pod(
      'terminationGracePeriodSeconds: 100',
      ", lifecycle: {preStop: {exec: {command: [sleep, '60']}}}",
    ),
    wait: '10s',
    afterwards: async (cluster) => {
      await cluster.delete('pod/a')
      await cluster.advance('5s')
    },
    target: 'pod/a',
    blocked: ['still running: c (with a preStop hook: c); killed in 1m35s, when the grace is over'],
  },
  {
    of: 'a budget that allows nothing',
    manifest: `${pod('', '', '{app: db}')}---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: db}
spec: {minAvailable: 1, selector: {matchLabels: {app: db}}}
`,
    wait: '15s',
    target: 'pdb/db',
    blocked: ['it refuses evictions: 1 of 1 pods are healthy and 1 have to be (minAvailable 1)'],
  },
  {
    of: 'a cordoned node, two budgets and an eviction that may concern only one',
    manifest: `${pod('', '', '{app: db, tier: back}')}---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: one}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: db}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: two}
spec: {minAvailable: 0, selector: {matchLabels: {tier: back}}}
`,
    wait: '15s',
    afterwards: (cluster) =>
      cluster.client.patch(
        nodes,
        { name: 'node-1' },
        { kind: 'merge', patch: { spec: { unschedulable: true } } },
      ),
    target: 'node/node-1',
    blocked: [
      'pod default/a cannot be evicted',
      '  2 budgets select it, and an eviction may concern only one',
      '  budget one refuses an eviction: its pods have no controller that says how many there should be (maxUnavailable 0)',
    ],
  },
  {
    of: 'a namespace that cannot end: its own finalizers, and what is left in it with theirs',
    manifest: `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
spec: {finalizers: [example.com/backup]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, namespace: shop, finalizers: [example.com/audit]}
`,
    wait: '5s',
    afterwards: async (cluster) => {
      await cluster.delete('namespace/shop')
      await cluster.advance('60s')
    },
    target: 'namespace/shop',
    blocked: [
      'finalizer example.com/backup of its spec: whoever set it has to finalize it',
      'configmaps/kept is still there',
      '  finalizer example.com/audit: knarr, which set it, has to remove it from metadata.finalizers',
    ],
  },
]

const uid = /\([\da-f]{8}-[\da-f-]{27}\)/g
const drawn = /\ba-[a-z\d]{5}\b/g

describe('why tells what blocks', () => {
  for (const { of, manifest, wait, target, blocked, afterwards } of cases) {
    test(of, async () => {
      await using cluster = await simulate({ nodes: 1 })
      await cluster.apply(manifest)
      await cluster.advance(wait)
      await afterwards?.(cluster)
      const found = cluster
        .why(target)
        .steps.filter(({ kind }) => kind === 'blocker')
        .map(({ text, depth = 0 }) => '  '.repeat(depth) + text)
      const said = found.map((text) => text.replace(uid, '(UID)').replace(drawn, 'a-*'))
      assert.deepEqual(said, blocked)
    })
  }
})
