import { limited, messageOf } from '#lib'
import { deepEqual } from '#machinery'
import type { RuntimeStatus } from '#runtime'
import type { KubeletWorld } from '../model/world.ts'

/** What the node lacks to run pods, in upstream's words and after its delays (upstream: runtimeState). */
export interface RuntimeState {
  /** Asks the runtime how it is (upstream: updateRuntimeUp). */
  updateRuntimeUp(signal: AbortSignal): Promise<void>
  /** For the node's Ready condition; undefined when nothing is lacking. */
  fault(): string | undefined
  /** Why no pod is looked at; undefined while pods are (upstream: runtimeErrors). */
  runtimeFault(): string | undefined
  /** Why pods on the pod network cannot start; undefined when they can. */
  networkFault(): string | undefined
  /**
   * What the runtime can do, as it said last; nothing before it said anything. The very same for as
   * long as it says the same.
   */
  abilities(): RuntimeAbilities
}

type RuntimeAbilities = Pick<RuntimeStatus, 'handlers' | 'supplementalGroupsPolicy'>

/** How often the runtime is looked at, and how long it may take to answer. */
export const runtimePeriodMs = 5_000
/** A runtime that has not been well for this long is down (upstream: maxWaitForContainerRuntime). */
const patienceMs = 30_000

/** `watchFault` says why what happens to containers goes unnoticed. */
export function createRuntimeState(
  { runtime, clock, log }: Pick<KubeletWorld, 'runtime' | 'clock' | 'log'>,
  watchFault: () => string | undefined,
): RuntimeState {
  let wellMs: number | undefined
  let ownFault: string | undefined
  let networkFault: string | undefined = 'network state unknown'
  let abilities: RuntimeAbilities = { handlers: [], supplementalGroupsPolicy: false }

  const limit = { limitMs: runtimePeriodMs, reason: 'context deadline exceeded' }
  const inTime = limited(clock, limit)
  const take = ({ conditions, handlers, supplementalGroupsPolicy }: RuntimeStatus) => {
    const reported = { handlers, supplementalGroupsPolicy }
    if (!deepEqual(reported, abilities)) abilities = reported
    networkFault = faultOf(conditions, 'NetworkReady', 'container runtime network not ready')
    ownFault = faultOf(conditions, 'RuntimeReady', 'container runtime not ready')
    if (ownFault === undefined) wellMs = clock.monotonicMs()
  }
  const silence = () => {
    if (wellMs === undefined) return 'container runtime status check may not have completed yet'
    return clock.monotonicMs() - wellMs >= patienceMs ? 'container runtime is down' : undefined
  }
  const unwatched = () => {
    const why = watchFault()
    return why && `PLEG is not healthy: ${why}`
  }
  return {
    async updateRuntimeUp(signal) {
      try {
        take(await inTime(signal, (until) => runtime.status(until)))
      } catch (error) {
        // What it said last holds until it has been silent for too long.
        if (!signal.aborted) log.warn('the runtime does not answer', { error: messageOf(error) })
      }
    },
    fault: () => aggregate([silence(), unwatched(), ownFault, networkFault]),
    runtimeFault: () => aggregate([silence(), unwatched(), ownFault]),
    networkFault: () => networkFault,
    abilities: () => abilities,
  }
}

function faultOf(
  conditions: RuntimeStatus['conditions'],
  type: string,
  head: string,
): string | undefined {
  const condition = conditions.find((each) => each.type === type)
  if (condition?.status) return undefined
  const { reason = '', message = '' } = condition ?? {}
  return `${head}: ${type}=false reason:${reason} message:${message}`
}

/** Several errors as Go's `utilerrors.Aggregate` writes them. */
function aggregate(errors: readonly (string | undefined)[]): string | undefined {
  const found = errors.filter((error) => error !== undefined)
  return found.length > 1 ? `[${found.join(', ')}]` : found[0]
}
