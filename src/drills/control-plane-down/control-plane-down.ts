import type { Drill } from '../run/drill.ts'

/** Shorter than it takes until nodes that say nothing count as lost: those who would say so are down as well. */
const downMs = 35_000

/** `control-plane-down`: no node reaches the API server for a while; what runs must go on serving. */
export const controlPlaneDownDrill: Drill = {
  name: 'control-plane-down',
  title: 'the API server cannot be reached for 35 s',
  objectives: { maxLost: 0, maxRestarts: 0 },
  cases: ({ nodes }) => [
    {
      name: 'all nodes are cut off',
      leastMs: downMs + 30_000,
      act: async (stage) => {
        const faults: { heal(): Promise<void> }[] = []
        for (const { name } of nodes) {
          const spec = { type: 'NodePartition', node: name } as const
          faults.push(await stage.fault(spec, `${name} cannot reach the API server`))
        }
        await stage.advance(downMs)
        for (const each of faults) await each.heal()
      },
    },
  ],
}
