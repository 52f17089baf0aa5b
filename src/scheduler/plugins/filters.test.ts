import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodAffinityTerm, Taint, Toleration, TopologySpreadConstraint } from '#api'
import type { Stored } from '#machinery'
import { nodeNamed, type PodDraft, podWithName } from '../fixture/objects.ts'
import { type Cluster, judgements } from '../fixture/snapshots.ts'
import type { Plugin } from '../framework/plugin.ts'
import { interPodAffinity } from './inter-pod-affinity.ts'
import { nodeAffinity } from './node-affinity.ts'
import { nodeNamePlugin } from './node-name.ts'
import { nodePorts } from './node-ports.ts'
import { nodeResourcesFit } from './node-resources/fit.ts'
import { nodeUnschedulable } from './node-unschedulable.ts'
import { podTopologySpread } from './pod-topology-spread.ts'
import { taintToleration } from './taint-toleration.ts'

interface Case {
  readonly name: string
  readonly plugin: Plugin
  readonly pod: Stored<Pod>
  readonly cluster: Cluster
  readonly want: Readonly<Record<string, string>>
}

function run(cases: readonly Case[]): void {
  for (const { name, plugin, pod, cluster, want } of cases) {
    test(`${plugin.name}: ${name}`, () => {
      assert.deepEqual(judgements(plugin, pod, cluster), want)
    })
  }
}

const tainted = (...taints: Taint[]) => nodeNamed('n', { spec: { taints } })
const tolerating = (...tolerations: Toleration[]) => podWithName('p', { spec: { tolerations } })
const untolerated = '! node(s) had untolerated taint(s)'
const dedicated = { key: 'dedicated', value: 'db', effect: 'NoSchedule' }

run(
  (
    [
      ['no taint asks for no toleration', tolerating(), tainted(), 'fits'],
      [
        'an untolerated NoSchedule taint keeps the pod off',
        tolerating(),
        tainted(dedicated),
        untolerated,
      ],
      [
        'NoExecute keeps it off too',
        tolerating(),
        tainted({ ...dedicated, effect: 'NoExecute' }),
        untolerated,
      ],
      [
        'PreferNoSchedule does not',
        tolerating(),
        tainted({ ...dedicated, effect: 'PreferNoSchedule' }),
        'fits',
      ],
      [
        'Equal needs the value',
        tolerating({ key: 'dedicated', value: 'web' }),
        tainted(dedicated),
        untolerated,
      ],
      ['Equal with the value will do', tolerating({ ...dedicated }), tainted(dedicated), 'fits'],
      [
        'Exists needs no value',
        tolerating({ key: 'dedicated', operator: 'Exists' }),
        tainted(dedicated),
        'fits',
      ],
      [
        'an empty Exists tolerates all',
        tolerating({ operator: 'Exists' }),
        tainted(dedicated),
        'fits',
      ],
      [
        'all taints must be tolerated',
        tolerating({ ...dedicated }),
        tainted(dedicated, { key: 'other', effect: 'NoSchedule' }),
        untolerated,
      ],
    ] as const
  ).map(([name, pod, node, verdict]) => ({
    ...{ name, pod, plugin: taintToleration },
    cluster: { nodes: [node] },
    want: { n: verdict },
  })),
)

const cordoned = nodeNamed('n', { spec: { unschedulable: true } })
run([
  {
    ...{ name: 'a cordoned node takes no pods', plugin: nodeUnschedulable, pod: podWithName('p') },
    cluster: { nodes: [cordoned, nodeNamed('m')] },
    want: { n: '! node(s) were unschedulable', m: 'fits' },
  },
  {
    ...{ name: 'but those that tolerate it', plugin: nodeUnschedulable },
    pod: tolerating({ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }),
    cluster: { nodes: [cordoned] },
    want: { n: 'fits' },
  },
  {
    ...{
      name: 'only the named node will do',
      plugin: nodeNamePlugin,
      pod: podWithName('p', { node: 'm' }),
    },
    cluster: { nodes: [nodeNamed('n'), nodeNamed('m')] },
    want: { n: "! node(s) didn't match the requested node name", m: 'fits' },
  },
])

type Expression = { key: string; operator: string; values?: string[] }
const affine = (...terms: { matchExpressions?: Expression[]; matchFields?: Expression[] }[]) =>
  podWithName('p', {
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
        },
      },
    },
  })
const expecting = (key: string, operator: string, ...values: string[]) =>
  affine({ matchExpressions: [{ key, operator, values }] })
const labelled = nodeNamed('n', { labels: { disk: 'ssd', cores: '8' } })
const mismatch = "! node(s) didn't match Pod's node affinity/selector"

run(
  (
    [
      [
        'a node selector that matches',
        podWithName('p', { spec: { nodeSelector: { disk: 'ssd' } } }),
        'fits',
      ],
      [
        'a node selector that does not',
        podWithName('p', { spec: { nodeSelector: { disk: 'ssd', cores: '9' } } }),
        mismatch,
      ],
      ['In with the value', expecting('disk', 'In', 'hdd', 'ssd'), 'fits'],
      ['In without it', expecting('disk', 'In', 'hdd'), mismatch],
      ['NotIn with the value', expecting('disk', 'NotIn', 'ssd'), mismatch],
      ['NotIn of an absent key', expecting('gpu', 'NotIn', 'x'), 'fits'],
      ['Exists', expecting('disk', 'Exists'), 'fits'],
      ['Exists of an absent key', expecting('gpu', 'Exists'), mismatch],
      ['DoesNotExist', expecting('gpu', 'DoesNotExist'), 'fits'],
      ['Gt', expecting('cores', 'Gt', '7'), 'fits'],
      ['Gt of the same', expecting('cores', 'Gt', '8'), mismatch],
      ['Lt', expecting('cores', 'Lt', '9'), 'fits'],
      ['Gt of what is no number', expecting('disk', 'Gt', '1'), mismatch],
      ['an unknown operator matches nothing', expecting('disk', 'Like', 'ssd'), mismatch],
      ['an empty term matches nothing', affine({}), mismatch],
      ['no term matches nothing', affine(), mismatch],
      [
        'one of several terms is enough',
        affine(
          { matchExpressions: [{ key: 'gpu', operator: 'Exists' }] },
          { matchExpressions: [{ key: 'disk', operator: 'Exists' }] },
        ),
        'fits',
      ],
      [
        'a field names the node',
        affine({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }),
        'fits',
      ],
      [
        'fields that name two nodes at once conflict',
        affine({
          matchFields: [
            { key: 'metadata.name', operator: 'In', values: ['n'] },
            { key: 'metadata.name', operator: 'In', values: ['m'] },
          ],
        }),
        'pod affinity terms conflict',
      ],
    ] as const
  ).map(([name, pod, verdict]) => ({
    ...{ name, pod, plugin: nodeAffinity },
    cluster: { nodes: [labelled] },
    want: { n: verdict },
  })),
)

const portPod = (name: string, port: { hostPort: number; hostIP?: string; protocol?: string }) =>
  podWithName(name, {
    ...(name === 'p' ? {} : { node: 'n' }),
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, ...port }] }] },
  })
const portTaken = "node(s) didn't have free ports for the requested pod ports"
run(
  (
    [
      ['a free port', { hostPort: 81 }, { hostPort: 80 }, 'fits'],
      ['a taken port', { hostPort: 80 }, { hostPort: 80 }, portTaken],
      ['another protocol', { hostPort: 80, protocol: 'UDP' }, { hostPort: 80 }, 'fits'],
      [
        'another address',
        { hostPort: 80, hostIP: '127.0.0.1' },
        { hostPort: 80, hostIP: '127.0.0.2' },
        'fits',
      ],
      [
        'any address meets each',
        { hostPort: 80, hostIP: '127.0.0.1' },
        { hostPort: 80 },
        portTaken,
      ],
      ['each meets any address', { hostPort: 80 }, { hostPort: 80, hostIP: '10.0.0.1' }, portTaken],
    ] as const
  ).map(([name, wanted, taken, verdict]) => ({
    ...{ name, plugin: nodePorts, pod: portPod('p', wanted) },
    cluster: { nodes: [nodeNamed('n')], pods: [portPod('q', taken)] },
    want: { n: verdict },
  })),
)
run([
  {
    ...{
      name: 'a sidecar takes its ports as well',
      plugin: nodePorts,
      pod: portPod('p', { hostPort: 80 }),
    },
    cluster: {
      nodes: [nodeNamed('n')],
      pods: [
        podWithName('q', {
          node: 'n',
          spec: {
            containers: [{ name: 'c' }],
            initContainers: [
              { name: 's', restartPolicy: 'Always', ports: [{ containerPort: 1, hostPort: 80 }] },
            ],
          },
        }),
      ],
    },
    want: { n: portTaken },
  },
])

const small = nodeNamed('n', { cpu: '1', memory: '1Gi', pods: '3' })
const container = (name: string, cpu: string, restartPolicy?: string) => ({
  name,
  resources: { requests: { cpu } },
  ...(restartPolicy ? { restartPolicy } : {}),
})
const withContainers = (spec: Partial<NonNullable<Pod['spec']>>) => podWithName('p', { spec })
const neighbour = podWithName('q', { node: 'n', cpu: '600m', memory: '512Mi' })

run(
  (
    [
      ['what is left is enough', podWithName('p', { cpu: '400m', memory: '512Mi' }), 'fits'],
      ['a little more is not', podWithName('p', { cpu: '401m' }), 'Insufficient cpu'],
      [
        'every shortage is named',
        podWithName('p', { cpu: '500m', memory: '600Mi' }),
        'Insufficient cpu, Insufficient memory',
      ],
      [
        'more than the node has at all cannot be helped by preemption',
        podWithName('p', { cpu: '2' }),
        '! Insufficient cpu',
      ],
      [
        'init containers run one by one before the others',
        withContainers({
          initContainers: [container('a', '400m'), container('b', '400m')],
          containers: [container('c', '100m')],
        }),
        'fits',
      ],
      [
        'the largest init container counts',
        withContainers({
          initContainers: [container('a', '500m')],
          containers: [container('c', '100m')],
        }),
        'Insufficient cpu',
      ],
      [
        'a sidecar runs beside the containers',
        withContainers({
          initContainers: [container('a', '250m', 'Always')],
          containers: [container('c', '200m')],
        }),
        'Insufficient cpu',
      ],
      [
        'overhead counts',
        withContainers({ containers: [container('c', '300m')], overhead: { cpu: '200m' } }),
        'Insufficient cpu',
      ],
      [
        'what the pod asks for as a whole counts instead of its containers',
        withContainers({
          containers: [container('c', '300m')],
          resources: { requests: { cpu: '500m' } },
        }),
        'Insufficient cpu',
      ],
      [
        'an extended resource that no node has',
        withContainers({
          containers: [{ name: 'c', resources: { requests: { 'example.com/gpu': '1' } } }],
        }),
        '! Insufficient example.com/gpu',
      ],
      ['a pod that asks for nothing', podWithName('p'), 'fits'],
    ] as const
  ).map(([name, pod, verdict]) => ({
    ...{ name, pod, plugin: nodeResourcesFit },
    cluster: { nodes: [small], pods: [neighbour] },
    want: { n: verdict },
  })),
)
run([
  {
    ...{ name: 'the number of pods is limited', plugin: nodeResourcesFit },
    pod: podWithName('p', { cpu: '2' }),
    cluster: {
      nodes: [nodeNamed('n', { cpu: '2', pods: '1' })],
      pods: [podWithName('q', { node: 'n', cpu: '1' })],
    },
    want: { n: 'Too many pods, Insufficient cpu' },
  },
  {
    ...{
      name: 'ended pods of an overcommitted node stand in nobody’s way',
      plugin: nodeResourcesFit,
    },
    pod: podWithName('p'),
    cluster: {
      nodes: [nodeNamed('n', { cpu: '1' })],
      pods: [podWithName('q', { node: 'n', cpu: '2' })],
    },
    want: { n: 'fits' },
  },
])

const zone = 'topology.kubernetes.io/zone'
const inZone = (name: string, value: string, more = {}) =>
  nodeNamed(name, { labels: { [zone]: value, ...more } })
const fourNodes = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b'), inZone('b2', 'b')]
const app = (name: string, node: string, more: PodDraft = {}) =>
  podWithName(name, { node, labels: { app: 'web' }, ...more })
const spread = (constraint: Partial<TopologySpreadConstraint>, more: PodDraft = {}) =>
  podWithName('p', {
    labels: { app: 'web' },
    ...more,
    spec: {
      topologySpreadConstraints: [
        {
          ...{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule' },
          labelSelector: { matchLabels: { app: 'web' } },
          ...constraint,
        },
      ],
      ...more.spec,
    },
  })
const skewed = "node(s) didn't match pod topology spread constraints"

run(
  (
    [
      ['an empty cluster takes it anywhere', spread({}), [], 'fits fits fits fits'],
      ['the fuller zone is closed', spread({}), [app('q', 'a1')], `${skewed} ${skewed} fits fits`],
      [
        'a larger skew leaves it open',
        spread({ maxSkew: 2 }),
        [app('q', 'a1')],
        'fits fits fits fits',
      ],
      [
        'hosts are topologies too',
        spread({ topologyKey: 'kubernetes.io/hostname' }),
        [app('q', 'a1'), app('r', 'a2'), app('s', 'b1')],
        `${skewed} ${skewed} ${skewed} fits`,
      ],
      [
        'pods of other namespaces do not count',
        spread({}),
        [app('q', 'a1', { namespace: 'other' })],
        'fits fits fits fits',
      ],
      [
        'nor do those that are leaving',
        spread({}),
        [app('q', 'a1', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
        'fits fits fits fits',
      ],
      [
        'a pod that its own selector does not select adds nothing',
        spread({}, { labels: { app: 'other' } }),
        [app('q', 'a1')],
        'fits fits fits fits',
      ],
      [
        'with too few domains the least counts as zero',
        spread({ minDomains: 3 }),
        [app('q', 'a1'), app('r', 'b1')],
        `${skewed} ${skewed} ${skewed} ${skewed}`,
      ],
      [
        'nodes that the pod cannot use do not count',
        spread({}, { spec: { nodeSelector: { [zone]: 'a' } } }),
        [app('q', 'a1')],
        'fits fits fits fits',
      ],
      [
        'unless the policy says so',
        spread({ nodeAffinityPolicy: 'Ignore' }, { spec: { nodeSelector: { [zone]: 'a' } } }),
        [app('q', 'a1')],
        `${skewed} ${skewed} fits fits`,
      ],
      [
        'a node without the label cannot be used',
        spread({ topologyKey: 'rack' }),
        [],
        Array(4).fill(`! ${skewed} (missing required label)`).join(' '),
      ],
      [
        'a soft constraint closes nothing',
        spread({ whenUnsatisfiable: 'ScheduleAnyway' }),
        [app('q', 'a1')],
        'fits fits fits fits',
      ],
    ] as const
  ).map(([name, pod, pods, verdicts]) => {
    const list = verdicts.match(
      /fits|(! )?node\(s\) didn't match pod topology spread constraints( \(missing required label\))?/g,
    )
    return {
      ...{ name, pod, plugin: podTopologySpread },
      cluster: { nodes: fourNodes, pods },
      want: Object.fromEntries(
        ['a1', 'a2', 'b1', 'b2'].map((node, i) => [node, list?.[i] ?? 'missing']),
      ),
    }
  }),
)
run([
  {
    ...{ name: 'tainted nodes count unless the policy honors taints', plugin: podTopologySpread },
    pod: spread({ nodeTaintsPolicy: 'Honor' }),
    cluster: {
      nodes: [
        inZone('a', 'a'),
        nodeNamed('b', { labels: { [zone]: 'b' }, spec: { taints: [dedicated] } }),
      ],
      pods: [app('q', 'a')],
    },
    want: { a: 'fits', b: 'fits' },
  },
])

const term = (labels: Record<string, string>, more: Partial<PodAffinityTerm> = {}) => ({
  labelSelector: { matchLabels: labels },
  topologyKey: zone,
  ...more,
})
const required = (
  kind: 'podAffinity' | 'podAntiAffinity',
  terms: PodAffinityTerm[],
  more: PodDraft = {},
) =>
  podWithName('p', {
    ...more,
    spec: { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } } },
  })
const notNear = "! node(s) didn't match pod affinity rules"
const tooNear = "node(s) didn't match pod anti-affinity rules"
const unwelcome = "node(s) didn't satisfy existing pods anti-affinity rules"
const twoZones = [inZone('a', 'a'), inZone('b', 'b')]
const shunning = (name: string, node: string, terms: PodAffinityTerm[]) => {
  const { spec } = required('podAntiAffinity', terms)
  return podWithName(name, {
    node,
    spec: { ...(spec?.affinity ? { affinity: spec.affinity } : {}) },
  })
}

run(
  (
    [
      [
        'affinity to a pod',
        required('podAffinity', [term({ app: 'web' })]),
        [app('q', 'a')],
        ['fits', notNear],
      ],
      [
        'affinity to nobody',
        required('podAffinity', [term({ app: 'web' })]),
        [],
        [notNear, notNear],
      ],
      [
        'the first of its kind may start a group',
        required('podAffinity', [term({ app: 'web' })], { labels: { app: 'web' } }),
        [],
        ['fits', 'fits'],
      ],
      [
        'the second goes where the first is',
        required('podAffinity', [term({ app: 'web' })], { labels: { app: 'web' } }),
        [app('q', 'b')],
        [notNear, 'fits'],
      ],
      [
        'all terms must match the same pod',
        required('podAffinity', [term({ app: 'web' }), term({ tier: 'front' })]),
        [app('q', 'a'), podWithName('r', { node: 'a', labels: { tier: 'front' } })],
        [notNear, notNear],
      ],
      [
        'affinity looks into its own namespace',
        required('podAffinity', [term({ app: 'web' })]),
        [app('q', 'a', { namespace: 'other' })],
        [notNear, notNear],
      ],
      [
        'or into those it names',
        required('podAffinity', [term({ app: 'web' }, { namespaces: ['other'] })]),
        [app('q', 'a', { namespace: 'other' })],
        ['fits', notNear],
      ],
      [
        'or into those it selects',
        required('podAffinity', [
          term({ app: 'web' }, { namespaceSelector: { matchLabels: { team: 'x' } } }),
        ]),
        [app('q', 'a', { namespace: 'other' })],
        ['fits', notNear],
      ],
      [
        'an empty namespace selector means all',
        required('podAffinity', [term({ app: 'web' }, { namespaceSelector: {} })]),
        [app('q', 'a', { namespace: 'elsewhere' })],
        ['fits', notNear],
      ],
      [
        'anti-affinity to a pod',
        required('podAntiAffinity', [term({ app: 'web' })]),
        [app('q', 'a')],
        [tooNear, 'fits'],
      ],
      [
        'anti-affinity holds the other way round',
        podWithName('p', { labels: { app: 'web' } }),
        [shunning('q', 'a', [term({ app: 'web' })])],
        [unwelcome, 'fits'],
      ],
      [
        'also from another namespace that selects ours',
        podWithName('p', { namespace: 'other', labels: { app: 'web' } }),
        [
          shunning('q', 'b', [
            term({ app: 'web' }, { namespaceSelector: { matchLabels: { team: 'x' } } }),
          ]),
        ],
        ['fits', unwelcome],
      ],
      [
        'a term without a selector matches nobody',
        required('podAntiAffinity', [{ topologyKey: zone }]),
        [app('q', 'a')],
        ['fits', 'fits'],
      ],
      [
        'anti-affinity does not hold where the label is missing',
        required('podAntiAffinity', [term({ app: 'web' }, { topologyKey: 'rack' })]),
        [app('q', 'a')],
        ['fits', 'fits'],
      ],
    ] as const
  ).map(([name, pod, pods, [a, b]]) => ({
    ...{ name, pod, plugin: interPodAffinity },
    cluster: { nodes: twoZones, pods, namespaces: { default: {}, other: { team: 'x' } } },
    want: { a, b },
  })),
)
