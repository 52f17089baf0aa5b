import { createMetricRegistry } from '#lib'
import type { ObservedPod } from './observed.ts'

/** What a kubelet counts, and tells at its `/metrics`. */
export interface KubeletMetrics {
  /** A list of all containers took so long. */
  relisted(ms: number): void
  /** A container was probed. */
  probed(labels: ProbeLabels): void
  /** All that was counted, in the text format of Prometheus. */
  text(): string
}

/** Which container was probed how, and what came of it. */
interface ProbeLabels {
  readonly probeType: string
  readonly result: string
  readonly container: string
  readonly pod: string
  readonly namespace: string
  readonly podUid: string
}

/** What is looked up when somebody asks. */
interface KubeletView {
  readonly nodeName: string
  readonly pods: () => Iterable<{ readonly observed: ObservedPod }>
}

const relistBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Makes the counters of one kubelet, with upstream's names. */
export function createKubeletMetrics({ nodeName, pods }: KubeletView): KubeletMetrics {
  const registry = createMetricRegistry()
  const relists = registry.histogram({
    name: 'kubelet_pleg_relist_duration_seconds',
    help: 'How long it took to list all containers of the node, in seconds.',
    stability: 'ALPHA',
    buckets: relistBuckets,
  })
  const probes = registry.counter({
    name: 'prober_probe_total',
    help: 'Probes of containers, by what came of them.',
    stability: 'BETA',
    labels: ['probe_type', 'result', 'container', 'pod', 'namespace', 'pod_uid'],
  })
  registry.observed(
    {
      name: 'kubelet_node_name',
      help: 'The name of the node; the value is always 1.',
      stability: 'ALPHA',
      labels: ['node'],
      type: 'gauge',
    },
    () => [{ labels: [nodeName], value: 1 }],
  )
  registry.observed(
    {
      name: 'kubelet_running_pods',
      help: 'Pods that have a running sandbox.',
      stability: 'ALPHA',
      type: 'gauge',
    },
    () => [{ value: [...pods()].filter(({ observed }) => hasRunningSandbox(observed)).length }],
  )
  registry.observed(
    {
      name: 'kubelet_running_containers',
      help: 'Containers of the node, by their state.',
      stability: 'ALPHA',
      labels: ['container_state'],
      type: 'gauge',
    },
    () => {
      const counts = new Map<string, number>()
      for (const { observed } of pods()) {
        for (const { state } of observed.containers) counts.set(state, (counts.get(state) ?? 0) + 1)
      }
      return Array.from(counts, ([state, value]) => ({ labels: [state], value }))
    },
  )
  return {
    relisted: (ms) => relists().observe(ms / 1000),
    probed: ({ probeType, result, container, pod, namespace, podUid }) =>
      probes(probeType, result, container, pod, namespace, podUid).increase(),
    text: registry.text,
  }
}

function hasRunningSandbox({ sandboxes }: ObservedPod): boolean {
  return sandboxes.some(({ state }) => state === 'ready')
}
