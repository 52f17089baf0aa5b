import { clocks } from '#api'
import { type Controller, watching } from '#controllers'
import { formatDuration, formatTime, keyOf } from '#machinery'
import type { ClusterTime } from './cluster-time.ts'

/** The clock controller makes time pass as the Clock object's spec says. */
export function clockController(time: ClusterTime): Controller {
  return {
    name: 'clock',
    workers: 1,
    permissions: [
      {
        apiGroups: ['sim.knarr.dev'],
        resources: ['clocks'],
        verbs: ['get', 'list', 'watch'],
      },
      { apiGroups: ['sim.knarr.dev'], resources: ['clocks/status'], verbs: ['update'] },
    ],
    start({ informers }) {
      const cache = informers.informer(clocks)
      return {
        watches: [watching(clocks, (clock) => [keyOf(clock)])],
        async reconcile(key, { client }) {
          const clock = cache.get(key)
          if (!clock) return undefined
          if (clock.status?.observedGeneration === clock.metadata.generation) return undefined
          time.follow(clock.spec ?? {})
          const { wallMs, elapsedMs } = time.now()
          const status = {
            mode: time.mode,
            now: formatTime(wallMs),
            elapsed: formatDuration(elapsedMs),
            observedGeneration: clock.metadata.generation ?? 0,
          }
          await client.update(clocks, { ...clock, status }, { subresource: 'status' })
          return undefined
        },
      }
    },
  }
}
