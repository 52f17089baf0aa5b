import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Deployment, DiscoveryV1, Event, Job, Pod, ResourceQuota } from '#api'
import { systemClock } from '#lib'
import type { Stored } from '#machinery'
import { eventually, type RealCluster, startRealCluster } from '../fixture/real-cluster.ts'
import { projectRoot } from '../fixture/tools.ts'

/** Reports from the field that `test/scenarios/cases` holds the simulation to, on real containers. */
const names = [
  '01-startup-then-readiness-delay',
  '02-prestop-longer-than-grace',
  '08-job-deadline-vs-pod-deadline',
  '34-subpathexpr-undefined',
  '36-ephemeral-container-ready',
]
const cases = join(projectRoot, 'test/scenarios/cases')

const served = `
apiVersion: v1
kind: Service
metadata: {name: traced}
spec: {selector: {app: traced}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: traced, labels: {app: traced}}
spec:
  containers:
    - name: c
      image: busybox
      command: [sleep, "1000"]
      readinessProbe: {exec: {command: ['true']}, initialDelaySeconds: 3, periodSeconds: 1}
`

let cluster: RealCluster

before(async () => {
  cluster = await startRealCluster()
  const manifests = names.map((name) => readFileSync(join(cases, `${name}.yaml`), 'utf8'))
  await cluster.apply([...manifests, served].join('\n---\n'))
})

after(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

async function list<T>(what: string, ...more: readonly string[]): Promise<readonly T[]> {
  const text = await cluster.kubectl('get', what, '-o', 'json', ...more)
  return (JSON.parse(text) as { readonly items: readonly T[] }).items
}

async function podOf(name: string): Promise<Stored<Pod> | undefined> {
  const pods = await list<Stored<Pod>>('pods')
  return pods.find(({ metadata }) => metadata.name === name)
}

async function eventOf(name: string, reason: string): Promise<Stored<Event> | undefined> {
  const events = await list<Stored<Event>>('events')
  return events.find((each) => each.involvedObject?.name === name && each.reason === reason)
}

const conditionOf = (pod: Stored<Pod>, type: string) =>
  pod.status?.conditions?.find((each) => each.type === type)

const secondsBetween = (from = '', to = '') => (Date.parse(to) - Date.parse(from)) / 1000

describe('on real containers', { concurrency: true, timeout: 180_000 }, () => {
  test('01: readiness is asked at once when the startup probe has succeeded', async () => {
    const pod = await eventually(async () => {
      const found = await podOf('slow')
      return found && conditionOf(found, 'Ready')?.status === 'True' ? found : undefined
    })
    const [status] = pod.status?.containerStatuses ?? []
    const ready = conditionOf(pod, 'Ready')
    const seconds = secondsBetween(status?.state?.running?.startedAt, ready?.lastTransitionTime)
    // Asked by its period it would be ready after more than a minute; a busy machine takes some seconds.
    assert.ok(seconds >= 19 && seconds < 45, `${seconds} s`)
    assert.equal(status?.restartCount, 0)
  })

  test('02: a preStop hook that outlasts the grace is told, and the pod goes soon after it', async () => {
    await eventually(async () => (await podOf('web'))?.status?.phase === 'Running')
    const beganMs = systemClock.monotonicMs()
    await cluster.kubectl('delete', 'pod', 'web', '--wait=false')
    await eventually(async () => !(await podOf('web')), 90_000)
    const seconds = (systemClock.monotonicMs() - beganMs) / 1000
    assert.ok(seconds >= 30 && seconds <= 42, `${seconds} s`)
    const told = await eventually(() => eventOf('web', 'FailedPreStopHook'))
    assert.deepEqual([told.type, told.message], ['Warning', 'PreStopHook failed'])
    assert.ok(await eventOf('web', 'Killing'))
  })

  test('08: a deadline is told at once, and the phase is terminal when the container is gone', async () => {
    const told = await eventually(() => eventOf('lone', 'DeadlineExceeded'))
    const text = 'Pod was active on the node longer than the specified deadline'
    assert.deepEqual([told.type, told.message], ['Normal', text])
    assert.equal((await podOf('lone'))?.status?.phase, 'Running')
    const pod = await eventually(async () => {
      const found = await podOf('lone')
      return found?.status?.phase === 'Failed' ? found : undefined
    })
    assert.equal(pod.status?.reason, 'DeadlineExceeded')
    const ended = pod.status?.containerStatuses?.[0]?.state?.terminated
    assert.ok(secondsBetween(told.firstTimestamp, ended?.finishedAt) >= 18, 'it had its grace')
  })

  test('08: a Job replaces a pod only once that is gone', async () => {
    const ofJob = () => list<Stored<Pod>>('pods', '-l', 'job-name=replaced')
    const pods = await eventually(async () => {
      const found = await ofJob()
      return found.length === 2 ? found : undefined
    }, 90_000)
    const [first, second] = pods.toSorted((a, b) =>
      a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1,
    )
    const ended = first?.status?.containerStatuses?.[0]?.state?.terminated?.finishedAt
    assert.ok(secondsBetween(ended, second?.metadata.creationTimestamp) >= 0, ended)
    const jobs = await list<Stored<Job>>('jobs')
    assert.equal(jobs[0]?.status?.failed, 1)
  })

  test('20: a quota of limits lets no pod in that has none, and the Deployment says so', async () => {
    const manifest = readFileSync(join(cases, '20-quota-failedcreate.yaml'), 'utf8')
    // A namespace of its own, as the quota is of all that is in there.
    const placed = manifest.replaceAll('metadata: {name:', 'metadata: {namespace: limited, name:')
    await cluster.kubectl('create', 'namespace', 'limited')
    await cluster.apply(placed)
    const event = await eventually(async () => {
      const events = await list<Stored<Event>>('events', '-n', 'limited')
      return events.find(({ reason }) => reason === 'FailedCreate')
    })
    assert.equal(event.type, 'Warning')
    assert.match(
      event.message ?? '',
      /^Error creating: pods "nolimits-[a-z0-9]+-[a-z0-9]{5}" is forbidden: failed quota: small: must specify limits\.memory for: c$/,
    )
    const condition = await eventually(async () => {
      const [deployment] = await list<Stored<Deployment>>('deployments', '-n', 'limited')
      return deployment?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    })
    assert.deepEqual([condition.status, condition.reason], ['True', 'FailedCreate'])
    const [quota] = await list<Stored<ResourceQuota>>('resourcequotas', '-n', 'limited')
    assert.deepEqual(quota?.status?.used, { 'limits.memory': '0', pods: '0' })
    assert.deepEqual(await list('pods', '-n', 'limited'), [])
  })

  test('34: a subPathExpr with an undefined variable refuses the container', async () => {
    const waiting = await eventually(async () => {
      const state = (await podOf('expr'))?.status?.containerStatuses?.[0]?.state
      return state?.waiting?.reason === 'CreateContainerConfigError' ? state.waiting : undefined
    })
    assert.equal(waiting.message, 'missing value for NOT_SET')
    assert.equal((await eventOf('expr', 'Failed'))?.message, 'Error: missing value for NOT_SET')
  })

  test('36: an ephemeral container is never ready', async () => {
    await eventually(async () => (await podOf('shell'))?.status?.phase === 'Running')
    const debug = ['debug', 'shell', '--image=busybox', '--container=debug', '--profile=general']
    await cluster.kubectl(...debug, '--', 'sleep', '1000')
    const pod = await eventually(async () => {
      const found = await podOf('shell')
      return found?.status?.ephemeralContainerStatuses?.[0]?.state?.running ? found : undefined
    })
    const [status] = pod.status?.ephemeralContainerStatuses ?? []
    assert.deepEqual([status?.ready, status?.started], [false, undefined])
    assert.equal(conditionOf(pod, 'Ready')?.status, 'True')
  })

  test('slices tell when what they follow has changed', async () => {
    const ready = await eventually(async () => {
      const found = await podOf('traced')
      const condition = found && conditionOf(found, 'Ready')
      return condition?.status === 'True' ? condition : undefined
    })
    const annotation = 'endpoints.kubernetes.io/last-change-trigger-time'
    const time = await eventually(async () => {
      const slices = await list<Stored<DiscoveryV1.EndpointSlice>>('endpointslices')
      const own = slices.find(({ metadata }) => metadata.name.startsWith('traced-'))
      return own?.endpoints?.[0]?.conditions?.ready ? own.metadata.annotations?.[annotation] : ''
    })
    assert.equal(Date.parse(time), Date.parse(ready.lastTransitionTime ?? ''))
  })
})
