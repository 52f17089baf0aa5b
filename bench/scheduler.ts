/**
 * How many pods a second the scheduler gives to nodes, in process, over an API in memory.
 *
 *     node bench/scheduler.ts [NODES] [PODS]
 */
import { nodes, pods, replicaSets, services } from '#api'
import { systemClock } from '#lib'
import { nodeNamed, type PodDraft, podWithName } from '../src/scheduler/fixture/objects.ts'
import { startScheduler } from '../src/scheduler/fixture/running-scheduler.ts'

const nodeCount = Number(process.argv[2] ?? 1000)
const podCount = Number(process.argv[3] ?? 30_000)
const groups = 100
const nowMs = systemClock.monotonicMs

const term = (group: number, topologyKey: string) => ({
  labelSelector: { matchLabels: { app: `app-${group}` } },
  topologyKey,
})

interface Scenario {
  readonly name: string
  /** Pods of a service and a ReplicaSet fall under the cluster's default spreading. */
  readonly hasServices?: boolean
  readonly pod: (group: number) => PodDraft
}

const scenarios: readonly Scenario[] = [
  { name: 'plain pods', pod: () => ({}) },
  { name: 'pods of services and ReplicaSets', hasServices: true, pod: () => ({}) },
  {
    name: 'zone spread, hard',
    pod: (group) => ({
      spec: {
        topologySpreadConstraints: [
          {
            ...term(group, 'topology.kubernetes.io/zone'),
            maxSkew: 1,
            whenUnsatisfiable: 'DoNotSchedule',
          },
        ],
      },
    }),
  },
  {
    name: 'host anti-affinity, preferred',
    pod: (group) => ({
      spec: {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, podAffinityTerm: term(group, 'kubernetes.io/hostname') },
            ],
          },
        },
      },
    }),
  },
  {
    name: 'host anti-affinity, required',
    pod: (group) => ({
      spec: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [term(group, 'kubernetes.io/hostname')],
          },
        },
      },
    }),
  },
]

async function measure({ name, hasServices, pod }: Scenario): Promise<void> {
  const { api, events, stop } = startScheduler(systemClock)
  for (let i = 0; i < nodeCount; i++) {
    const labels = { 'topology.kubernetes.io/zone': `zone-${i % 3}` }
    api.put(nodes, nodeNamed(`node-${i}`, { cpu: '32', memory: '128Gi', labels }))
  }
  if (hasServices) putOwners(api.put)
  await systemClock.sleep(500)
  const start = nowMs()
  for (let i = 0; i < podCount; i++) {
    const group = i % groups
    api.put(pods, podWithName(`pod-${i}`, podDraft(pod(group), group, hasServices === true)))
  }
  while (events.length < podCount && nowMs() - start < 300_000) await systemClock.sleep(20)
  const seconds = (nowMs() - start) / 1000
  const placed = events.filter((event) => event.startsWith('Normal')).length
  const rate = Math.round(placed / seconds)
  console.log(`${name}: ${placed} pods on ${nodeCount} nodes in ${seconds.toFixed(1)} s, ${rate}/s`)
  await stop()
}

function podDraft(draft: PodDraft, group: number, isOwned: boolean): PodDraft {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `app-${group}`, uid: `${group}` }
  return {
    cpu: '500m',
    memory: '1Gi',
    labels: { app: `app-${group}` },
    ...(isOwned ? { metadata: { ownerReferences: [{ ...owner, controller: true }] } } : {}),
    ...draft,
  }
}

function putOwners(put: ReturnType<typeof startScheduler>['api']['put']): void {
  for (let group = 0; group < groups; group++) {
    const metadata = { namespace: 'default', name: `app-${group}` }
    const matchLabels = { app: `app-${group}` }
    put(services, { metadata, spec: { selector: matchLabels, ports: [] } })
    put(replicaSets, { metadata, spec: { selector: { matchLabels } } })
  }
}

for (const scenario of scenarios) await measure(scenario)
