import { type ClockAdvance, readDuration, validateClockAdvance } from '#api'
import type { Action, ApiServer } from '#apiserver'
import { formatDuration, formatTime, type KubeObject } from '#machinery'
import { conflict, invalid } from '#machinery/status'
import type { ClusterTime } from './cluster-time.ts'
import { conditionOf } from './wait-for.ts'

type ServerView = Pick<ApiServer, 'objects' | 'served'>

const kind = { group: 'sim.knarr.dev', kind: 'ClockAdvance' }

/** The action `POST clocks/cluster/advance` advances time, and answers once that is done. */
export function advanceAction(time: ClusterTime, server: () => ServerView): Action {
  return async ({ body, name, resource }, signal) => {
    const request = body as ClockAdvance & KubeObject
    const errors = validateClockAdvance(request)
    if (errors.length > 0) throw invalid(kind, name, errors)
    const { duration = '0s', until } = request.spec
    const ms = readDuration(duration)
    if (time.mode === 'Wall' && ms > 0) {
      throw conflict(resource, name, 'this cluster runs on wall time, which nobody can move')
    }
    const holds = until && conditionOf(server(), until)
    const reached = holds
      ? await time.until(holds, ms, signal)
      : await time.advance(ms, signal).then(() => true)
    const { wallMs, elapsedMs } = time.now()
    const status = { now: formatTime(wallMs), elapsed: formatDuration(elapsedMs), reached }
    return { object: { ...request, status } as KubeObject }
  }
}
