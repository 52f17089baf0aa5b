import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodAffinityTerm } from '#api'
import type { Stored } from '#machinery'
import { selectorFromMap } from '#machinery/selectors'
import { nodeNamed, type PodDraft, podWithName } from '../fixture/objects.ts'
import { type Cluster, scores } from '../fixture/snapshots.ts'
import type { Plugin } from '../framework/plugin.ts'
import { imageLocality } from './image-locality.ts'
import { interPodAffinity } from './inter-pod-affinity.ts'
import { nodeAffinity } from './node-affinity.ts'
import { nodeResourcesBalancedAllocation } from './node-resources/balanced-allocation.ts'
import { nodeResourcesFit } from './node-resources/fit.ts'
import { podTopologySpread } from './pod-topology-spread.ts'
import { taintToleration } from './taint-toleration.ts'

interface Case {
  readonly name: string
  readonly plugin: Plugin
  readonly pod: Stored<Pod>
  readonly cluster: Cluster
  readonly want: Readonly<Record<string, number>> | undefined
}

const zone = 'topology.kubernetes.io/zone'
const megabyte = 1024 * 1024
const web = { app: 'web' }
const term = (more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  ...{ labelSelector: { matchLabels: web }, topologyKey: zone },
  ...more,
})
const zones = ['a', 'b', 'c'].map((name) => nodeNamed(name, { labels: { [zone]: name } }))
const at = (node: string, count: number, more: PodDraft = {}) =>
  Array.from({ length: count }, (_, i) =>
    podWithName(`${node}-${i}`, { node, labels: web, ...more }),
  )
const preferring = (kind: 'podAffinity' | 'podAntiAffinity', weight: number, more: PodDraft = {}) =>
  podWithName('p', {
    ...more,
    spec: {
      affinity: {
        [kind]: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term() }],
        },
      },
    },
  })
const image = (name: string, size: number) =>
  nodeNamed(name, { status: { images: [{ names: ['web:1'], sizeBytes: size * megabyte }] } })

const cases: readonly Case[] = [
  {
    name: 'the emptier node is better, by the mean of free CPU and memory',
    plugin: nodeResourcesFit,
    pod: podWithName('p', { cpu: '3', memory: '5000' }),
    cluster: {
      nodes: [
        nodeNamed('a', { cpu: '4', memory: '10000' }),
        nodeNamed('b', { cpu: '6', memory: '10000' }),
      ],
    },
    // Upstream's case: (25 + 50) / 2 and (50 + 50) / 2.
    want: { a: 37, b: 50 },
  },
  {
    name: 'what asks for nothing counts as 100m and 200 MiB',
    plugin: nodeResourcesFit,
    pod: podWithName('p'),
    cluster: { nodes: [nodeNamed('a', { cpu: '1', memory: '2000Mi' })] },
    want: { a: 90 },
  },
  {
    name: 'a resource that the node does not have is left out',
    plugin: nodeResourcesFit,
    pod: podWithName('p', { cpu: '1' }),
    cluster: { nodes: [nodeNamed('a', { cpu: '4', memory: '0' })] },
    want: { a: 75 },
  },
  {
    name: 'a pod that restores the balance is welcome, one that upsets it is not',
    plugin: nodeResourcesBalancedAllocation,
    pod: podWithName('p', { cpu: '2' }),
    cluster: {
      nodes: [
        nodeNamed('a', { cpu: '4', memory: '8Gi' }),
        nodeNamed('b', { cpu: '4', memory: '8Gi' }),
      ],
      pods: [podWithName('q', { node: 'b', memory: '4Gi' })],
    },
    // a: balance 100 → 75; b: 75 → 100.
    want: { a: 62, b: 87 },
  },
  {
    name: 'a pod that asks for nothing is not judged by it',
    plugin: nodeResourcesBalancedAllocation,
    pod: podWithName('p'),
    cluster: { nodes: [nodeNamed('a')] },
    want: undefined,
  },
  {
    name: 'fewer soft taints are better',
    plugin: taintToleration,
    pod: podWithName('p', { spec: { tolerations: [{ key: 'x', operator: 'Exists' }] } }),
    cluster: {
      nodes: [0, 1, 2].map((count) =>
        nodeNamed(`n${count}`, {
          spec: {
            taints: ['x', 'y', 'z']
              .slice(0, count + 1)
              .map((key) => ({ key, effect: 'PreferNoSchedule' })),
          },
        }),
      ),
    },
    want: { n0: 100, n1: 50, n2: 0 },
  },
  {
    name: 'the weights of matching preferences add up',
    plugin: nodeAffinity,
    pod: podWithName('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 2,
                preference: { matchExpressions: [{ key: zone, operator: 'In', values: ['a'] }] },
              },
              {
                weight: 2,
                preference: {
                  matchExpressions: [{ key: zone, operator: 'In', values: ['a', 'b'] }],
                },
              },
            ],
          },
        },
      },
    }),
    cluster: { nodes: zones },
    want: { a: 100, b: 50, c: 0 },
  },
  {
    name: 'without preferences it has no opinion',
    plugin: nodeAffinity,
    pod: podWithName('p'),
    cluster: { nodes: zones },
    want: undefined,
  },
  {
    name: 'a large image on half of the nodes counts half',
    plugin: imageLocality,
    pod: podWithName('p'),
    cluster: { nodes: [image('a', 523), nodeNamed('b')] },
    // (523 / 2 - 23) / (1000 - 23)
    want: { a: 24, b: 0 },
  },
  {
    name: 'an image without a tag means the latest',
    plugin: imageLocality,
    pod: podWithName('p', { spec: { containers: [{ name: 'c', image: 'reg:5000/web' }] } }),
    cluster: {
      nodes: [
        nodeNamed('a', {
          status: { images: [{ names: ['reg:5000/web:latest'], sizeBytes: 2000 * megabyte }] },
        }),
      ],
    },
    want: { a: 100 },
  },
  {
    name: 'the emptiest zone is best',
    plugin: podTopologySpread,
    pod: podWithName('p', {
      labels: web,
      spec: {
        topologySpreadConstraints: [{ ...term(), maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }],
      },
    }),
    cluster: { nodes: zones, pods: [...at('a', 2), ...at('b', 1)] },
    // Counts 2, 1, 0 weighed by log(5): 3, 2, 0.
    want: { a: 0, b: 33, c: 100 },
  },
  {
    name: 'by default the pods of a group spread over hosts and zones',
    plugin: podTopologySpread,
    pod: podWithName('p', { labels: web }),
    cluster: { nodes: zones, pods: at('a', 10), group: selectorFromMap(web) },
    want: { a: 15, b: 100, c: 100 },
  },
  {
    name: 'a pod of no group is not spread',
    plugin: podTopologySpread,
    pod: podWithName('p', { labels: web }),
    cluster: { nodes: zones, pods: at('a', 10) },
    want: undefined,
  },
  {
    name: 'preferred affinity draws',
    plugin: interPodAffinity,
    pod: preferring('podAffinity', 5),
    cluster: { nodes: zones, pods: [...at('a', 2), ...at('b', 1)] },
    want: { a: 100, b: 50, c: 0 },
  },
  {
    name: 'preferred anti-affinity repels',
    plugin: interPodAffinity,
    pod: preferring('podAntiAffinity', 5),
    cluster: { nodes: zones, pods: [...at('a', 2), ...at('b', 1)] },
    want: { a: 0, b: 50, c: 100 },
  },
  {
    name: 'the preferences of pods that are there count as well',
    plugin: interPodAffinity,
    pod: podWithName('p', { labels: web }),
    cluster: {
      nodes: zones,
      pods: [
        podWithName('q', { node: 'a', ...specOf(preferring('podAffinity', 10)) }),
        podWithName('r', { node: 'b', ...specOf(preferring('podAntiAffinity', 10)) }),
      ],
    },
    want: { a: 100, b: 0, c: 50 },
  },
  {
    name: 'required affinity of a pod that is there draws a little',
    plugin: interPodAffinity,
    pod: podWithName('p', { labels: web }),
    cluster: {
      nodes: zones,
      pods: [
        podWithName('q', {
          node: 'b',
          spec: {
            affinity: {
              podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term()] },
            },
          },
        }),
      ],
    },
    want: { a: 0, b: 100, c: 0 },
  },
  {
    name: 'nobody likes or dislikes: no opinion',
    plugin: interPodAffinity,
    pod: podWithName('p'),
    cluster: { nodes: zones, pods: at('a', 3) },
    want: undefined,
  },
]

function specOf({ spec }: Stored<Pod>): PodDraft {
  return spec?.affinity ? { spec: { affinity: spec.affinity } } : {}
}

for (const { name, plugin, pod, cluster, want } of cases) {
  test(`${plugin.name}: ${name}`, () => {
    assert.deepEqual(scores(plugin, pod, cluster), want)
  })
}
