import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FilesystemUsage, NodeReadings } from '#host'
import type { ContainerStats, SandboxStats } from '#runtime'
import { instanceOf, observedOf, podOf } from '../model/kubelet-fixture.ts'
import { containerNameLabel, podUidLabel } from '../model/labels.ts'
import { rateSince } from './collect.ts'
import { type SummaryFacts, summaryOf } from './summary.ts'

const nowMs = Date.parse('2026-01-01T00:10:00Z')
const time = '2026-01-01T00:10:00Z'

const nodeFs: FilesystemUsage = {
  capacityBytes: 1000,
  availableBytes: 600,
  usedBytes: 400,
  inodes: 100,
  inodesFree: 70,
}
const disk = { time, capacityBytes: 1000, availableBytes: 600, inodes: 100, inodesFree: 70 }

const eth0 = { name: 'eth0', receivedBytes: 1, receiveErrors: 2, sentBytes: 3, sendErrors: 4 }
const shownEth0 = { name: 'eth0', rxBytes: 1, rxErrors: 2, txBytes: 3, txErrors: 4 }

const readings: NodeReadings = {
  cpuNs: 5_000,
  memoryAvailableBytes: 700,
  memoryWorkingSetBytes: 300,
  memoryUsageBytes: 350,
  memoryRssBytes: 200,
  swapUsedBytes: 0,
  runningPids: 42,
  nodeFs,
  interfaces: [eth0],
}

const labels = { [podUidLabel]: 'u', [containerNameLabel]: 'web' }
const container: ContainerStats = {
  id: 'c1',
  metadata: { name: 'web', attempt: 0 },
  labels,
  annotations: {},
  cpu: { atMs: nowMs, usageCoreNs: 900, usageNanoCores: 30 },
  memory: { atMs: nowMs, workingSetBytes: 64, usageBytes: 80 },
  writableLayer: { mountpoint: '/', usedBytes: 7, inodesUsed: 2, atMs: nowMs },
}
const sandbox: SandboxStats = {
  id: 's0',
  metadata: { name: 'a', namespace: 'default', uid: 'u', attempt: 0 },
  labels,
  annotations: {},
  cpu: { atMs: nowMs, usageCoreNs: 1000 },
  memory: { atMs: nowMs, workingSetBytes: 70 },
  network: { atMs: nowMs, default: eth0, others: [{ ...eth0, name: 'eth1' }] },
  processCount: 3,
  containers: [],
}

function summary(changes: Partial<SummaryFacts> = {}) {
  const pod = podOf({ status: { startTime: '2026-01-01T00:01:00Z' } })
  const startedAtMs = Date.parse('2026-01-01T00:02:00Z')
  const observed = observedOf(instanceOf('web', 'running', { id: 'c1', startedAtMs }))
  return summaryOf({
    nodeName: 'node-1',
    facts: { maxPids: 4096, memoryBytes: 1000 },
    readings,
    imageFs: { mountpoint: '/', usedBytes: 90, inodesUsed: 9, atMs: nowMs },
    containers: [container],
    sandboxes: [sandbox],
    pods: [{ pod, observed }],
    sinceMs: Date.parse('2026-01-01T00:00:00Z'),
    nowMs,
    rate: () => 11,
    ...changes,
  })
}

test('the node shows what it has and uses, in the names of upstream', () => {
  assert.deepEqual(summary().node, {
    nodeName: 'node-1',
    startTime: '2026-01-01T00:00:00Z',
    cpu: { time, usageNanoCores: 11, usageCoreNanoSeconds: 5000 },
    memory: { time, availableBytes: 700, usageBytes: 350, workingSetBytes: 300, rssBytes: 200 },
    network: { time, ...shownEth0, interfaces: [shownEth0] },
    fs: { ...disk, usedBytes: 400, inodesUsed: 30 },
    runtime: { imageFs: { ...disk, usedBytes: 90, inodesUsed: 9 } },
    rlimit: { time, maxpid: 4096, curproc: 42 },
  })
})

test('a pod shows its own figures and those of its containers', () => {
  assert.deepEqual(summary().pods, [
    {
      podRef: { name: 'a', namespace: 'default', uid: 'u' },
      startTime: '2026-01-01T00:01:00Z',
      containers: [
        {
          name: 'web',
          startTime: '2026-01-01T00:02:00Z',
          cpu: { time, usageNanoCores: 30, usageCoreNanoSeconds: 900 },
          memory: { time, workingSetBytes: 64, usageBytes: 80 },
          rootfs: { ...disk, usedBytes: 7, inodesUsed: 2 },
        },
      ],
      cpu: { time, usageNanoCores: 11, usageCoreNanoSeconds: 1000 },
      memory: { time, workingSetBytes: 70 },
      network: { time, ...shownEth0, interfaces: [shownEth0, { ...shownEth0, name: 'eth1' }] },
      process_stats: { process_count: 3 },
    },
  ])
})

test('what does not run is not shown: containers that ended, pods without anything', () => {
  const { cpu: _, memory: __, ...ended } = container
  assert.deepEqual(summary({ containers: [ended] }).pods[0]?.containers, [])
  const others = { ...container, labels: { [podUidLabel]: 'other' } }
  assert.deepEqual(summary({ containers: [others], sandboxes: [] }).pods, [])
})

test('without figures of the pod itself, its containers are still shown', () => {
  const [pod] = summary({ sandboxes: [] }).pods
  assert.equal(pod?.containers.length, 1)
  assert.equal(pod?.cpu, undefined)
})

test('a rate is what was used since the last look; a first look has none', () => {
  const first = new Map()
  const second = new Map()
  const at = (seconds: number, usageCoreNs: number) => ({ atMs: seconds * 1000, usageCoreNs })
  assert.equal(rateSince(new Map(), first)('c1', at(0, 1000)), undefined)
  assert.equal(rateSince(first, new Map())('c1', at(0, 1000)), undefined)
  assert.equal(rateSince(first, second)('c1', at(4, 9000)), 2000)
  assert.equal(rateSince(second, new Map())('c2', at(8, 9000)), undefined)
  assert.equal(rateSince(second, new Map())('c1', at(8, 0)), 0)
})

test('figures of a network without a time are of now', () => {
  const network = { atMs: 0, default: eth0, others: [] }
  const [pod] = summary({ sandboxes: [{ ...sandbox, network }] }).pods
  assert.equal(pod?.network?.time, time)
})
