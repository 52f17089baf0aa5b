import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '#api'
import { testWorld } from '../model/kubelet-fixture.ts'
import { findOut, isSameFindings, type NodeFindings, nodeStatus } from './node-status.ts'

const { signal } = new AbortController()

/** A report while the runtime takes so long to say its version, or fails to. */
async function report(answer: { readonly takesMs: number; readonly fails?: true }, node?: Node) {
  const faults = { runtime: undefined as string | undefined }
  const { world, clock } = testWorld({
    host: { paths: { root: '/var/lib/kubelet' }, node: { filesystem: async () => ({}) as never } },
  })
  const version = async () => {
    await clock.sleep(answer.takesMs)
    faults.runtime = answer.fails && 'container runtime is down'
    if (answer.fails) throw new Error('context deadline exceeded')
    return { name: 'containerd', version: '2.1.0', apiVersion: 'v1' }
  }
  const sources = {
    runtimeFault: () => faults.runtime,
    abilities: () => ({ handlers: [], supplementalGroupsPolicy: true }),
    pressure: () => ({ memory: false, disk: false, pid: false }),
    images: async () => [],
    resourcesOf: () => ({ capacity: {}, allocatable: {} }),
  }
  const given = { ...world, runtime: { version }, facts: {} } as never
  const findings = findOut(sources as never, given, signal)
  await clock.advance(answer.takesMs)
  return nodeStatus(node, await findings, given)
}

const readyIn = ({ conditions }: Awaited<ReturnType<typeof report>>) =>
  conditions?.find(({ type }) => type === 'Ready')

test('a runtime that falls silent during a report is told of by that report', async () => {
  const ready = readyIn(await report({ takesMs: 120_000, fails: true }))
  assert.deepEqual([ready?.status, ready?.message], ['False', 'container runtime is down'])
  assert.equal(readyIn(await report({ takesMs: 1 }))?.status, 'True')
})

test('the version of a runtime that does not say it is unknown', async () => {
  const { nodeInfo } = await report({ takesMs: 1, fails: true })
  assert.equal(nodeInfo?.containerRuntimeVersion, 'containerd://Unknown')
})

const found: NodeFindings = {
  resources: { capacity: { cpu: '4' }, allocatable: { cpu: '4' } },
  runtimeVersion: 'containerd://2.1.0',
  runtimeFault: undefined,
  abilities: { handlers: [], supplementalGroupsPolicy: true },
  pressure: { memory: false, disk: false, pid: false },
  images: [],
}

const changes: readonly Partial<NodeFindings>[] = [
  { resources: { capacity: { cpu: '4' }, allocatable: { cpu: '3' } } },
  { runtimeVersion: 'containerd://Unknown' },
  { runtimeFault: 'container runtime is down' },
  { abilities: { handlers: [], supplementalGroupsPolicy: false } },
  { pressure: { memory: false, disk: true, pid: false } },
  { images: [{ names: ['a'], sizeBytes: 1 }] },
]

test('any part that says something else is news, a pressure that stays is none', () => {
  assert.equal(isSameFindings(found, { ...found, pressure: { ...found.pressure } }), true)
  for (const part of changes) assert.equal(isSameFindings(found, { ...found, ...part }), false)
})
