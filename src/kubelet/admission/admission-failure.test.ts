import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod, PodSpec } from '#api'
import type { Stored } from '#machinery'
import { podOf, web } from '../model/kubelet-fixture.ts'
import { admissionFailureOf, type PodAdmission } from './admission-failure.ts'

const calm = { memory: false, disk: false, pid: false }

const node = {
  metadata: { name: 'node-1', labels: { zone: 'a' } },
  spec: {
    taints: [
      { key: 'maintenance', effect: 'NoExecute' },
      { key: 'dedicated', effect: 'NoSchedule' },
    ],
  },
  status: {
    allocatable: {
      cpu: '2',
      memory: '1000',
      'ephemeral-storage': '500',
      pods: '3',
      'example.com/gpu': '1',
    },
  },
} as unknown as Stored<Node>

const tolerations = [{ key: 'maintenance', operator: 'Exists' }]

function asking(requests: Readonly<Record<string, string>>, more: Partial<PodSpec> = {}): Pod {
  const containers = [{ ...web, resources: { requests } }]
  return podOf({ spec: { containers, tolerations, ...more } })
}

function rejection(pod: Pod, more: Partial<PodAdmission> = {}): string | undefined {
  const admission = { node, others: [], isKnown: false, operatingSystem: 'linux', pressure: calm }
  const found = admissionFailureOf({ ...admission, pod, ...more })
  return found && `${found.reason}: ${found.message}`
}

const lacks = (resource: string, requested: number, used: number, capacity: number) =>
  `OutOf${resource}: Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`

test('a pod comes in as long as there is room beside the others, to the last unit', () => {
  const others = [asking({ cpu: '1', memory: '600' })]
  for (const [requests, expected] of [
    [{ cpu: '1', memory: '400' }, undefined],
    [{ cpu: '1001m' }, lacks('cpu', 1001, 1000, 2000)],
    [{ memory: '401' }, lacks('memory', 401, 600, 1000)],
    [{ 'ephemeral-storage': '501' }, lacks('ephemeral-storage', 501, 0, 500)],
    [{ 'example.com/gpu': '2' }, lacks('example.com/gpu', 2, 0, 1)],
    [{ 'example.com/unknown': '2' }, undefined],
    [{ memory: '2000', cpu: '9' }, lacks('cpu', 9000, 1000, 2000)],
  ] as const) {
    assert.equal(rejection(asking(requests), { others }), expected)
  }
})

test('what asks for nothing comes into a node that is full, but not as one pod too many', () => {
  const full = asking({ cpu: '2', memory: '1000' })
  assert.equal(rejection(asking({}), { others: [full] }), undefined)
  const others = [full, asking({}), asking({})]
  assert.equal(rejection(asking({ cpu: '9' }), { others }), lacks('pods', 1, 3, 3))
})

test('the node has to be one that the pod selects', () => {
  const refused =
    "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
  assert.equal(rejection(asking({}, { nodeSelector: { zone: 'b' } })), refused)
  assert.equal(rejection(asking({}, { nodeSelector: { zone: 'a' } })), undefined)
  const nodeSelectorTerms = [
    { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] },
  ]
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }
  assert.equal(rejection(asking({}, { affinity: { nodeAffinity } })), refused)
})

test('only taints that drive pods out keep one from coming in', () => {
  const refused =
    "TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"
  assert.equal(rejection(podOf()), refused)
  assert.equal(rejection(podOf({ spec: { tolerations } })), undefined)
})

test('a port of the node goes to one pod only', () => {
  const refused =
    "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
  const on = (hostPort: number) =>
    asking({}, { containers: [{ ...web, ports: [{ containerPort: 80, hostPort }] }] })
  assert.equal(rejection(on(80), { others: [on(80)] }), refused)
  assert.equal(rejection(on(80), { others: [on(81)] }), undefined)
})

test('a pod that has been here is measured again, but not asked where it belongs', () => {
  const elsewhere = podOf({ spec: { nodeSelector: { zone: 'b' } } })
  assert.equal(rejection(elsewhere, { isKnown: true }), undefined)
  assert.equal(rejection(asking({ cpu: '3' }), { isKnown: true }), lacks('cpu', 3000, 0, 2000))
})

test('of all that is wrong the first is told, resources before rules', () => {
  const pod = asking({ cpu: '3' }, { nodeSelector: { zone: 'b' } })
  assert.equal(rejection(pod), lacks('cpu', 3000, 0, 2000))
})

test('a pod for another operating system is refused', () => {
  const refused = "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS"
  assert.equal(rejection(asking({}, { os: { name: 'windows' } })), refused)
  assert.equal(rejection(asking({}, { os: { name: 'linux' } })), undefined)
})

test('a node short of memory takes pods that ask for some or bear it; one short of disk takes none', () => {
  const refused = (conditions: string) => `Evicted: The node had condition: [${conditions}]. `
  const bears = [...tolerations, { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }]
  const short = (pressure: Partial<PodAdmission['pressure']>) => ({
    pressure: { ...calm, ...pressure },
  })
  for (const [pod, pressure, expected] of [
    [asking({}), { memory: true }, refused('MemoryPressure')],
    [asking({ memory: '1' }), { memory: true }, undefined],
    [asking({}, { tolerations: bears }), { memory: true }, undefined],
    [asking({ memory: '1' }), { disk: true }, refused('DiskPressure')],
    [asking({ memory: '1' }), { memory: true, disk: true }, refused('MemoryPressure DiskPressure')],
    [asking({}, { priority: 2_000_000_000 }), { disk: true }, undefined],
    [asking({ memory: '1' }), { pid: true }, refused('PIDPressure')],
  ] as const) {
    assert.equal(rejection(pod, short(pressure)), expected)
  }
})
