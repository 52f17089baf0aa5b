import type { Drill } from '../run/drill.ts'

const downMs = 60_000

/** `dns-down`: names are not answered for a minute; what runs must outlive it. */
export const dnsDownDrill: Drill = {
  name: 'dns-down',
  title: 'names are not answered for a minute',
  objectives: { maxRestarts: 0, readyWithinMs: 2 * downMs },
  cases: ({ nodes }) => [
    {
      name: 'the name servers of all nodes',
      leastMs: downMs + 20_000,
      act: async (stage) => {
        const faults: { heal(): Promise<void> }[] = []
        for (const { name } of nodes) {
          faults.push(await stage.fault({ type: 'DnsDown', node: name }, `no names on ${name}`))
        }
        await stage.advance(downMs)
        for (const each of faults) await each.heal()
      },
    },
  ],
}
