import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '#testing'

const runsFor = (minutes: number) => `
apiVersion: v1
kind: Pod
metadata: {name: worker, annotations: {sim.knarr.dev/exit-after: ${minutes}m, sim.knarr.dev/exit-code: '1'}}
spec: {containers: [{name: main, image: example.com/worker}]}
`

/** How long the container waits before each restart, in seconds. */
async function waitsOf(minutes: number, restarts: number): Promise<readonly number[]> {
  await using cluster = await simulate()
  await cluster.apply(runsFor(minutes))
  const waits: number[] = []
  while (waits.length < restarts) {
    await cluster.until(() => cluster.pod('worker').ready, { within: '2h' })
    await cluster.until(() => !cluster.pod('worker').ready, { within: '2h' })
    const endedMs = cluster.elapsedMs
    await cluster.until(() => cluster.pod('worker').ready, { within: '2h' })
    waits.push(Math.floor((cluster.elapsedMs - endedMs) / 1000))
  }
  return waits
}

test('what a container waits before it starts again does not count as having run', async () => {
  // It runs for six minutes each time: with the wait before it, that is more than ten in the end.
  assert.deepEqual((await waitsOf(6, 7)).map(roughly), [0, 10, 20, 40, 80, 160, 240])
})

test('a container that ran for more than ten minutes starts again at once', async () => {
  assert.deepEqual((await waitsOf(11, 3)).map(roughly), [0, 0, 0])
})

const crashes = '{name: first, image: example.com/worker}'
const spec = {
  container: `{containers: [${crashes}]}`,
  'init container': `{initContainers: [${crashes}], containers: [{name: main, image: example.com/web}]}`,
}

for (const [what, containers] of Object.entries(spec)) {
  test(`each end of a ${what} is told before what it waits for`, async () => {
    await using cluster = await simulate()
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata:
  name: worker
  annotations: {sim.knarr.dev/exit-after.first: 3s, sim.knarr.dev/exit-code.first: '1'}
spec: ${containers}
`)
    await cluster.advance('45s')
    const recorded = cluster.log
      .lines()
      .filter((line) => line.includes('update pods/status'))
      .flatMap((line) => line.match(/exited with code 1 \(Error\)|CrashLoopBackOff/) ?? [])
    const [end, wait] = ['exited with code 1 (Error)', 'CrashLoopBackOff']
    // The first restart is immediate.
    assert.deepEqual(recorded, [end, end, wait, end, wait])
  })
}

/** Without the second or two that a pull takes. */
function roughly(seconds: number): number {
  return Math.floor(seconds / 10) * 10
}

test('a container that ended again shows that it waits, at once and until it is started', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec: {containers: [{name: main, image: busybox, command: [sh, -c, exit 1]}]}
`)
  await cluster.until(() => cluster.pod('crashing').restarts === 1, { within: '10s' })
  await cluster.advance('1s')
  assert.equal(cluster.pod('crashing').status, 'CrashLoopBackOff')
  await cluster.advance('5s')
  assert.equal(cluster.pod('crashing').status, 'CrashLoopBackOff')
})
