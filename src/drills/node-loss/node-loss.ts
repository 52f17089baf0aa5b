import type { FaultType } from '#api'
import { busyNode, nodeRanks, rankText } from '../run/busy-nodes.ts'
import type { Drill, DrillCase } from '../run/drill.ts'

/** How a node can be lost, and what is said of it. */
const ways: readonly (readonly [name: string, type: FaultType, text: string])[] = [
  ['crash', 'NodeCrash', 'crashes'],
  ['hang', 'KubeletHang', 'has a kubelet that hangs'],
  ['partition', 'NodePartition', 'cannot reach the API server'],
]

/** Longer than it takes by default until a node that says nothing is NotReady. */
const noticedMs = 60_000

/** `node-loss`: each node that carries pods of the application crashes, hangs or is cut off. */
export const nodeLossDrill: Drill = {
  name: 'node-loss',
  title: 'a node is lost',
  objectives: { maxGapMs: 10_000, recoverWithinMs: 2 * 60_000 },
  cases: ({ nodes }) =>
    ways.flatMap(([way, type, text]) =>
      nodeRanks(nodes).map(
        (rank): DrillCase => ({
          name: `${way} ${rankText(rank)}`,
          lost: (stage) => [busyNode(stage, rank)],
          leastMs: noticedMs,
          act: async (stage, [node = '']) => {
            await stage.fault({ type, node }, `${node} ${text}`)
          },
        }),
      ),
    ),
}
