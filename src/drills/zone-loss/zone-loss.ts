import type { Scene } from '../input/scene.ts'
import type { Drill, DrillCase } from '../run/drill.ts'

const zoneLabel = 'topology.kubernetes.io/zone'

/** `zone-loss`: all nodes of a zone are gone at once. */
export const zoneLossDrill: Drill = {
  name: 'zone-loss',
  title: 'a zone is lost',
  objectives: { maxGapMs: 10_000, recoverWithinMs: 2 * 60_000 },
  cases: (scene) => {
    const zones = zonesOf(scene)
    if (zones.length < 2) return 'the nodes stand in one zone'
    return zones.map(
      (zone): DrillCase => ({
        name: `loss of ${zone}`,
        leastMs: 60_000,
        lost: () => nodesIn(scene, zone),
        act: async (stage, lost) => {
          for (const node of lost) {
            await stage.fault({ type: 'NodeCrash', node }, `${node} is lost with ${zone}`)
          }
        },
      }),
    )
  },
}

function zonesOf({ nodes }: Scene): readonly string[] {
  return [...new Set(nodes.flatMap(({ labels = {} }) => labels[zoneLabel] ?? []))].sort()
}

function nodesIn({ nodes }: Scene, zone: string): readonly string[] {
  return nodes.filter(({ labels = {} }) => labels[zoneLabel] === zone).map(({ name }) => name)
}
