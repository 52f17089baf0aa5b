/**
 * What simulated clusters cost in wall time and memory.
 *
 *     node --expose-gc bench/simulation.ts [crash|crash-loop|pods NODES PODS [SIZE]|idle NODES MINUTES|extra|snapshots]
 */
import { systemClock } from '#lib'
import { type Simulation, simulate } from '../src/testing/index.ts'

const nowMs = systemClock.monotonicMs
/** Node compiles what is used often, over and over; a test suite gets past the first seconds of that. */
const warmUp = 20
/** By then it has compiled nearly all there is to compile, as in a sweep over seeds. */
const longWarmUp = 200
const rounds = 101

function web(name: string, replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
`
}

/** Ends at once seven times, then runs for over ten minutes, which sets its back-off back. */
const crashing = `
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec:
  volumes: [{name: data, emptyDir: {}}]
  containers:
    - name: main
      image: busybox
      command:
        - sh
        - -c
        - for n in 1 2 3 4 5 6 7; do if [ ! -f /data/$n ]; then touch /data/$n; exit 1; fi; done; if [ ! -f /data/long ]; then touch /data/long; sleep 601; fi; exit 1
      volumeMounts: [{name: data, mountPath: /data}]
`
/** After 0, 10, 20, 40, 80, 160 and 300 s of waiting; after the long run after 0 and 10 s again. */
const restartsOfCurve = 9

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = nowMs()
  await work()
  return nowMs() - start
}

interface Sample {
  readonly ms: number
  /** How long a fixed piece of work took right before and after, the longer of the two. */
  readonly fixedMs: number
}

/** Other work on the machine slows down this as well, which is always the same. */
function fixedWork(): number {
  const start = nowMs()
  for (let round = 0; round < 4; round++) {
    const items = JSON.parse(fixedText) as { readonly name: string }[]
    JSON.stringify(items.sort((a, b) => b.name.localeCompare(a.name)))
  }
  return nowMs() - start
}

const fixedText = JSON.stringify(
  Array.from({ length: 400 }, (_, id) => ({
    id,
    name: `n${id}`,
    tags: ['a', `${id}`],
    at: id / 3,
  })),
)

async function sampled(work: () => Promise<unknown>): Promise<Sample> {
  const before = fixedWork()
  const ms = await timed(work)
  return { ms, fixedMs: Math.max(before, fixedWork()) }
}

/**
 * The very first round of a process, and how those are that come when its code is compiled: all of
 * them, and those in which the machine was as fast as it can be, up to a quarter.
 */
async function distribution(name: string, round: (seed: number) => Promise<Sample>): Promise<void> {
  const took: Sample[] = []
  for (let seed = 0; seed < longWarmUp + rounds; seed++) took.push(await round(seed))
  const [first] = took
  const fastestMs = Math.min(...took.slice(warmUp).map(({ fixedMs }) => fixedMs))
  const after = (start: number, count: number) => {
    const all = took.slice(start, start + count)
    const undisturbed = all.filter(({ fixedMs }) => fixedMs < fastestMs * 1.25)
    return `${spread(all)}, undisturbed ${spread(undisturbed)}`
  }
  console.log(`${name}: the first of the process ${first?.ms.toFixed(0)} ms`)
  console.log(`  after ${warmUp} rounds ${after(warmUp, rounds)}`)
  console.log(`  after ${longWarmUp} rounds ${after(longWarmUp, rounds)}`)
}

function spread(samples: readonly Sample[]): string {
  if (samples.length === 0) return 'none'
  const sorted = samples.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const at = [0, sorted.length >> 1, sorted.length - 1]
  const [least, median, most] = at.map((index) => sorted[index]?.toFixed(0))
  return `${samples.length}: median ${median} ms, ${least} to ${most} ms`
}

function heapMb(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** Pods in Deployments of `deploymentSize`; the last has what is left. */
async function available(cluster: Simulation, pods: number, deploymentSize = 100): Promise<void> {
  const sizes = Array.from({ length: Math.ceil(pods / deploymentSize) }, (_, index) =>
    Math.min(deploymentSize, pods - index * deploymentSize),
  )
  await cluster.apply(sizes.map((size, index) => web(`web-${index}`, size)))
  await cluster.until(() =>
    sizes.every((size, index) => cluster.deployment(`web-${index}`).readyReplicas === size),
  )
}

const cases: Readonly<Record<string, (...args: readonly number[]) => Promise<void>>> = {
  crash: () =>
    distribution('6 virtual minutes of 3 nodes, one of which crashes', async (seed) => {
      await using cluster = await simulate({ nodes: 3, seed })
      await available(cluster, 3)
      await cluster.node('node-2').crash()
      return await sampled(() => cluster.advance('6m'))
    }),
  'crash-loop': () =>
    distribution('a crash loop to its cap of 5 minutes, and back to 10 s', async (seed) => {
      await using cluster = await simulate({ seed })
      await cluster.apply(crashing)
      return await sampled(() =>
        cluster.until(() => cluster.pod('crashing').restarts === restartsOfCurve, {
          within: '30m',
        }),
      )
    }),
  extra: async () => {
    await distribution('one more cluster of 3 nodes, from nothing to Ready', (seed) =>
      sampled(async () => {
        await using _cluster = await simulate({ nodes: 3, seed })
      }),
    )
    const before = heapMb()
    const clusters = await Promise.all(Array.from({ length: 20 }, () => simulate({ nodes: 3 })))
    console.log(`memory of one more cluster: ${((heapMb() - before) / 20).toFixed(1)} MB`)
    for (const cluster of clusters) await cluster[Symbol.asyncDispose]()
  },
  pods: async (nodes = 100, pods = 1000, size = 100) => {
    const start = nowMs()
    await using cluster = await simulate({ nodes })
    const readyMs = nowMs() - start
    const took = await timed(() => available(cluster, pods, size))
    const rate = Math.round((pods * 1000) / took)
    console.log(`${nodes} nodes Ready in ${(readyMs / 1000).toFixed(1)} s`)
    console.log(
      `${pods} pods created to Running and Ready in ${(took / 1000).toFixed(1)} s: ${rate} per second, ${cluster.elapsedMs / 1000} virtual seconds, ${heapMb().toFixed(0)} MB`,
    )
  },
  idle: async (nodes = 100, minutes = 60) => {
    await using cluster = await simulate({ nodes })
    await available(cluster, nodes * 10)
    const took = await timed(() => cluster.advance(minutes * 60_000))
    const ratio = Math.round((minutes * 60_000) / took)
    console.log(
      `${minutes} minutes of ${nodes} nodes with ${nodes * 10} pods: ${(took / 1000).toFixed(1)} s, ${ratio} times as fast as real time`,
    )
  },
  snapshots: async (nodes = 100, pods = 1000) => {
    await using cluster = await simulate({ nodes })
    await available(cluster, pods)
    for (const type of ['Exact', 'Warm'] as const) {
      let file: Uint8Array = new Uint8Array()
      const saveMs = await timed(async () => {
        file = await cluster.snapshot(type)
      })
      const restoreMs = await timed(async () => {
        await using _restored = await simulate({ from: file })
      })
      console.log(
        `${type} snapshot of ${nodes} nodes, ${pods} pods: ${(file.length / 1024).toFixed(0)} KiB, saved in ${saveMs.toFixed(0)} ms, restored in ${restoreMs.toFixed(0)} ms`,
      )
    }
  },
}

const [chosen, ...args] = process.argv.slice(2)
for (const [name, run] of Object.entries(cases)) {
  if (chosen === undefined || chosen === name) await run(...args.map(Number))
}
