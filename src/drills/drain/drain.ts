import { drainOnStage, setUnschedulable } from '../run/actions.ts'
import { busyNode, nodeRanks, rankText } from '../run/busy-nodes.ts'
import type { Drill, DrillCase } from '../run/drill.ts'

/** How long somebody who drains a node waits for its pods to go. */
const drainLimitMs = 5 * 60_000

/** `drain`: each node that carries pods of the application is drained. */
export const drainDrill: Drill = {
  name: 'drain',
  title: 'a node is drained',
  objectives: { maxLost: 0, maxUnfinished: 0 },
  varies: ['startup', 'on-sigterm'],
  cases: ({ nodes }) => {
    if (nodes.length < 2) return 'there is only one node, and nowhere else for its pods to go'
    return nodeRanks(nodes).map(
      (rank): DrillCase => ({
        name: `drain ${rankText(rank)}`,
        act: async (stage) => {
          const node = busyNode(stage, rank)
          const band = stage.band(`${node} is drained`, node)
          const { refusals } = await drainOnStage(stage, node, drainLimitMs)
          for (const refusal of refusals) stage.giveUp(`the drain of ${node}: ${refusal}`)
          await stage.advance(20_000)
          await setUnschedulable(stage, node, false)
          band.end()
        },
      }),
    )
  },
}
