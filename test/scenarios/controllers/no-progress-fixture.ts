import { simulate } from '#testing'

/** Something that can never come to be, and what tries to make it. */
export interface Hopeless {
  readonly name: string
  readonly manifest: string
}

/** Writes in one virtual hour: of objects, and of events. */
export interface Writes {
  readonly objects: number
  readonly events: number
}

/** Pods that admission refuses: their service account does not exist. */
const refusedPod = `
      spec:
        serviceAccountName: missing
        containers: [{ name: web, image: nginx }]`
/** Pods that no node has room for. */
const hugePod = `
      spec:
        containers: [{ name: web, image: nginx, resources: { requests: { cpu: "1000" } } }]`

const workload = (kind: string, pod: string, more = '') => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }${more}
  template:
      metadata: { labels: { app: web } }${pod}
`
const job = `
apiVersion: batch/v1
kind: Job
metadata: { name: web }
spec:
  template:${refusedPod}
        restartPolicy: Never
`

/** Every controller that can be held up, with one manifest that holds it up for ever. */
export const hopeless: readonly Hopeless[] = [
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].flatMap((kind) => [
    { name: `${kind} whose pods are refused`, manifest: workload(kind, refusedPod) },
    { name: `${kind} whose pods fit nowhere`, manifest: workload(kind, hugePod) },
  ]),
  { name: 'Job whose pods are refused', manifest: job },
  {
    name: 'PersistentVolumeClaim of a class that does not exist',
    manifest: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec:
  storageClassName: missing
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }
`,
  },
  {
    name: 'PodDisruptionBudget over pods without a controller',
    manifest: `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { containers: [{ name: web, image: nginx }] }
`,
  },
  {
    name: 'Service whose pods are never ready',
    manifest: `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  containers:
    - name: web
      image: nginx
      readinessProbe: { exec: { command: ['false'] } }
`,
  },
]

/** Counts what is written because of a manifest in the hour after the first minute. */
export async function writesInAnHour({ manifest }: Hopeless): Promise<Writes> {
  await using cluster = await simulate({ nodes: 2, historyLimit: 200_000 })
  await cluster.apply(manifest)
  await cluster.advance('1m')
  const fromMs = cluster.now.getTime()
  await cluster.advance('1h')
  const since = cluster.log.entries.filter(
    ({ wallMs, revision, routine }) => wallMs > fromMs && revision !== undefined && !routine,
  )
  const isEvent = ({ resource }: { readonly resource: string }) => resource.startsWith('events')
  return {
    objects: since.filter((entry) => !isEvent(entry)).length,
    events: since.filter(isEvent).length,
  }
}
