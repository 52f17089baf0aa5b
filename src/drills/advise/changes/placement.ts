import { type ManifestChange, podLabelsOf, podSpecOf, specPatch, templatePatch } from './change.ts'

/** Runs at least two pods of a workload of which one alone runs. */
export const twoReplicas: ManifestChange = {
  name: 'replicas',
  patches: (workload) =>
    (workload.kind === 'Deployment' || workload.kind === 'StatefulSet') && workload.replicas === 1
      ? [
          specPatch(workload.source, 'replicas', {
            text: `runs two pods of ${workload.id}, so that one can be missed`,
            spec: { replicas: 2 },
          }),
        ]
      : [],
}

function spreadOver(key: string, name: string, word: string): ManifestChange {
  return {
    name,
    patches: (workload) => {
      const { topologySpreadConstraints = [] } = podSpecOf(workload)
      const isSpread = topologySpreadConstraints.some(
        (each) => each.topologyKey === key && each.whenUnsatisfiable === 'DoNotSchedule',
      )
      if (isSpread || workload.kind === 'DaemonSet' || workload.kind === 'Pod') return []
      return [
        templatePatch(workload, name, {
          text: `spreads the pods of ${workload.id} over ${word}`,
          spec: {
            ...withoutNodeName(workload),
            topologySpreadConstraints: [
              {
                topologyKey: key,
                maxSkew: 1,
                whenUnsatisfiable: 'DoNotSchedule',
                // Nodes that are lost or cordoned do not hold up pods that must go elsewhere.
                nodeTaintsPolicy: 'Honor',
                labelSelector: { matchLabels: podLabelsOf(workload) },
                matchLabelKeys: workload.kind === 'Deployment' ? ['pod-template-hash'] : null,
              },
            ],
          },
        }),
      ]
    },
  }
}

/** A pod that says its node itself, or must be where its siblings are, cannot be spread. */
function withoutNodeName(workload: Parameters<typeof podSpecOf>[0]) {
  const { nodeName, nodeSelector, affinity } = podSpecOf(workload)
  const host = nodeSelector?.['kubernetes.io/hostname']
  return {
    ...(nodeName ? { nodeName: null } : {}),
    ...(host ? { nodeSelector: { 'kubernetes.io/hostname': null } } : {}),
    ...(affinity?.podAffinity ? { affinity: { podAffinity: null } } : {}),
  }
}

export const spreadOverNodes = spreadOver('kubernetes.io/hostname', 'spread-nodes', 'nodes')
export const spreadOverZones = spreadOver('topology.kubernetes.io/zone', 'spread-zones', 'zones')

/** Lets pods leave a node that is lost after ten seconds and not after five minutes. */
export const tolerationSeconds: ManifestChange = {
  name: 'toleration-seconds',
  patches: (workload) => {
    if (workload.kind === 'DaemonSet' || workload.kind === 'Pod') return []
    const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    const { tolerations = [] } = podSpecOf(workload)
    const isQuick = keys.every((key) =>
      tolerations.some((each) => each.key === key && (each.tolerationSeconds ?? 300) <= 10),
    )
    if (isQuick) return []
    return [
      templatePatch(workload, 'toleration-seconds', {
        text: `lets the pods of ${workload.id} leave a lost node after 10 s in the place of 5 minutes`,
        spec: {
          tolerations: keys.map((key) => ({
            key,
            operator: 'Exists',
            effect: 'NoExecute',
            tolerationSeconds: 10,
          })),
        },
      }),
    ]
  },
}
