import type { Simulation } from '#testing'

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx
          ports: [{containerPort: 80}]
          readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: sum}
spec:
  completions: 3
  parallelism: 2
  template:
    spec:
      restartPolicy: Never
      containers: [{name: sum, image: busybox, command: [sh, -c, 'sleep 3; echo done']}]
---
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec:
  containers: [{name: main, image: busybox, command: [sh, -c, 'sleep 1; exit 1']}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  replicas: 2
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec: {containers: [{name: store, image: redis}]}
`

/** A bit of everything: rollouts, jobs, crash loops, requests, a lost node and one that is cut off. */
export async function mixedScenario(cluster: Simulation): Promise<void> {
  await cluster.apply(manifest)
  await cluster.until(() => cluster.deployment('web').available)
  using load = cluster.load({ to: 'web', perSecond: 5 })
  await cluster.node('node-2').crash()
  await cluster.advance('90s')
  await cluster.node('node-3').partition()
  await cluster.node('node-2').restart()
  await cluster.advance('2m')
  await cluster.node('node-3').restart()
  await cluster.delete('deployment/web')
  load.stop()
  await cluster.advance('1m')
}
