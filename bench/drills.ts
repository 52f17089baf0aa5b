/**
 * What drills cost: all drills of an application of three Deployments on three nodes, against the virtual time that
 * they go through, and the memory of the process.
 *
 *     node bench/drills.ts [SEEDS [DRILL…]]
 */
import { runDrills } from '#drills'
import { systemClock } from '#lib'

const [seedsText = '50', ...drills] = process.argv.slice(2)
const seeds = Number(seedsText)
const nowMs = systemClock.monotonicMs

function tier(name: string): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: ${name}
          image: example.com/${name}:1
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {port: 8080}, periodSeconds: 5}
          livenessProbe: {httpGet: {port: 8080}, periodSeconds: 10}
          lifecycle: {preStop: {sleep: {seconds: 5}}}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
`
}

const manifests = ['web', 'api', 'db'].map((name) => ({ file: `${name}.yaml`, text: tier(name) }))

/** One run of everything first, so that code is compiled. */
await runDrills({ manifests, seeds: 1, advice: false })
const startMs = nowMs()
const report = await runDrills({
  manifests,
  seeds,
  advice: false,
  ...(drills.length > 0 ? { drills } : {}),
})
const tookMs = nowMs() - startMs
const results = report.drills.flatMap(({ distribution }) => distribution ?? [])
const virtualMs = results.reduce((sum, each) => sum + each.virtualMs, 0)
const runs = results.reduce((sum, each) => sum + each.runs, 0)
const heapMb = process.memoryUsage().heapUsed / 2 ** 20
const rssMb = process.memoryUsage().rss / 2 ** 20
console.log(
  `${results.length} drills, ${runs} runs of 3 Deployments on 3 nodes: ${(tookMs / 1000).toFixed(1)} s for ${(virtualMs / 3_600_000).toFixed(1)} h of virtual time, ${Math.round(virtualMs / tookMs)} times as fast as real time, ${Math.round(tookMs / runs)} ms for each run`,
)
console.log(`memory: ${heapMb.toFixed(0)} MB of heap, ${rssMb.toFixed(0)} MB of the process`)
