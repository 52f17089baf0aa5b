import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replayLog } from './replay.ts'
import { runDrills } from './run-drills.ts'

function web(replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: example.com/web
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {port: 8080}, periodSeconds: 5}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`
}

const manifests = (replicas: number) => [{ file: 'app.yaml', text: web(replicas) }]

test('a single pod is missed for as long as its node counts as alive, and until it is evicted', async () => {
  const setting = { manifests: manifests(1), drills: ['node-loss'], seeds: 3, advice: false }
  const report = await runDrills(setting)
  const [result] = report.drills
  assert.equal(report.verdict, 'fails')
  // Crash, hang and partition of three nodes: each case has its turn, however few seeds are asked for.
  assert.equal(result?.cases.length, 9)
  // 50 s until NotReady, 300 s of toleration, then the pod starts elsewhere.
  assert.ok((result?.worst?.figures.longestGapMs ?? 0) > 340_000)
  assert.match(result?.sentence ?? '', /refused because no pod behind it was Ready/)
  const { timeline, causes } = result?.worst ?? {}
  assert.match(timeline?.faults[0]?.text ?? '', /^node-\d crashes$/)
  assert.ok(timeline?.nodes.some(({ spans }) => spans.some(({ ready }) => ready === 'Unknown')))
  assert.deepEqual(
    causes?.map(({ id }) => id),
    ['no-endpoint', 'lost-node'],
  )
  assert.ok(causes?.[1]?.entries.some(({ text }) => /^load request\b.* timeout$/.test(text)))
  assert.deepEqual(causes?.[0]?.object?.at, { file: 'app.yaml', line: 2 })
})

test('two pods on two nodes go on answering while one is lost', async () => {
  const report = await runDrills({ manifests: manifests(2), drills: ['node-loss'], seeds: 3 })
  assert.equal(report.verdict, 'pass')
})

test('a seed is replayed to the byte', async () => {
  const lines = () => replayLog('node-loss', 2, { manifests: manifests(2) })
  const first = await lines()
  assert.equal(first[0], '# node-loss: crash the 2nd node, seed 2')
  assert.ok(first.length > 200)
  assert.deepEqual(await lines(), first)
})

test('an update leads to the other manifest that is handed over, and is taken back to the first', async () => {
  const to = [{ file: 'v2.yaml', text: web(2).replace('example.com/web', 'example.com/web:2') }]
  const events = async (seed: number) => {
    const lines = await replayLog('update', seed, { manifests: manifests(2), to })
    return {
      title: lines[0],
      pulled: lines.some((line) => line.includes('pulled image "example.com/web:2"')),
      changes: lines.filter((line) =>
        /update deployments\.apps default\/web .*containers/.test(line),
      ).length,
    }
  }
  assert.deepEqual(await events(1), {
    title: '# update: update to the other manifest, seed 1',
    pulled: true,
    changes: 1,
  })
  assert.deepEqual(await events(2), {
    title: '# update: rollback, seed 2',
    pulled: true,
    changes: 2,
  })
})

test('a run is watched for longer than an objective allows, so that who never recovers misses it', async () => {
  const unprobed = web(1)
    .replace('image: example.com/web', 'image: nginx')
    .replace(/ +readinessProbe.*\n/, '')
  const { drills } = await runDrills({
    manifests: [{ file: 'app.yaml', text: unprobed }],
    drills: ['crash'],
    // Longer than a crash is watched by itself.
    objectives: { recoverWithinMs: 6 * 60_000, maxGapMs: 6 * 60_000 },
    seeds: 1,
    advice: false,
  })
  const hung = drills[0]?.cases.find(({ case: name }) => name.startsWith('hang of'))
  assert.equal(hung?.verdict, 'fails')
  assert.ok((hung?.worst.longestGapMs ?? 0) > 6 * 60_000)
})
