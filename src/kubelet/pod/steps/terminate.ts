import { messageOf } from '#lib'
import type { Trigger } from '#machinery'
import { stopAll } from '../../containers/stop.ts'
import { formatPod } from '../../model/labels.ts'
import { isRunning } from '../../model/observed.ts'
import type { StopCause } from '../machine.ts'
import { observe, observedOf, type PodContext, podOf } from '../pod-context.ts'
import { publish } from '../publish.ts'

/** Containers that could not be stopped are tried again after this long. */
const retryMs = 1_000

/**
 * Stops all containers of a pod, and then says how it ended: only then may the API show its end
 * (upstream: SyncTerminatingPod). Gives the milliseconds until the next step is due.
 */
export async function terminate(
  context: PodContext,
  because: Trigger,
  signal: AbortSignal,
): Promise<number> {
  const { probes, shared } = context
  probes.stopAllButReadiness()
  await observe(context, signal)
  publish(context, because)
  const graceSeconds = graceOf(context.machine().cause)
  const grace = graceSeconds === undefined ? {} : { graceSeconds }
  const [pod, observed] = [podOf(context), observedOf(context)]
  await stopAll({ pod, observed, ...grace }, shared.world, signal)
  await observe(context, signal)
  probes.stop()
  if (observedOf(context).containers.some(isRunning)) return retryMs
  try {
    await shared.devices.unprepare(pod, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const text = messageOf(error)
    shared.world.log.warn('devices of a pod could not be unprepared', {
      pod: formatPod(pod),
      error: text,
    })
    return retryMs
  }
  publish(context, because, true)
  context.send({ kind: 'stopped' })
  return 0
}

/** Of a pod that is gone nobody knows any more how long it wanted; upstream gives it one second. */
function graceOf(cause: StopCause | undefined): number | undefined {
  if (cause?.kind === 'removed') return 1
  return cause?.kind === 'killed' ? cause.graceSeconds : undefined
}
