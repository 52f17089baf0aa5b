import type { Drill } from '../run/drill.ts'

/** `start`: the application starts from nothing while its clients ask already. */
export const startDrill: Drill = {
  name: 'start',
  title: 'a cold start under load',
  objectives: { maxLost: 0, maxRestarts: 0, readyWithinMs: 5 * 60_000 },
  varies: ['startup'],
  cases: () => [
    {
      name: 'cold start',
      fromTheStart: true,
      counts: 'onceStarted',
      leastMs: 20_000,
      mostMs: 6 * 60_000,
      act: async (stage) => {
        await stage.until(stage.isReady, 5 * 60_000)
      },
    },
  ],
}
