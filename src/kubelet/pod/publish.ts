import type { PodStatus } from '#api'
import type { Trigger } from '#machinery'
import type { ObservedContainer } from '../model/observed.ts'
import { containerChanges, observation } from '../model/triggers.ts'
import { verdictsOf } from '../probes/pod-probes.ts'
import { generateStatus, type PodFailure } from '../status/generate.ts'
import { deadlineExceeded, msUntilPodDeadline } from './deadline.ts'
import { type PodContext, podOf } from './pod-context.ts'
import { grantedPod, resizesOf } from './resizing.ts'

/**
 * Generates the pod's status from what is known now, and hands it to the status manager. A status
 * with `isTerminal` says that no container runs any more, nor will again (upstream:
 * generateAPIPodStatus, SetPodStatus).
 */
export function publish(context: PodContext, because: Trigger, isTerminal = false): PodStatus {
  const { uid, waiting, messages, shared } = context
  const { statuses, results, world } = shared
  const { cause, deletion, observed } = context.machine()
  const pod = cause || isTerminal ? context.resize.granted(podOf(context)) : grantedPod(context)
  if (!isTerminal) context.resize.progress(pod, resizesOf(pod, context).length === 0)
  const previous = statuses.get(uid) ?? pod.status ?? {}
  const evicted = evictedBy(context, previous)
  const status = generateStatus({
    pod,
    observed,
    previous,
    waiting,
    probes: verdictsOf(results),
    terminationMessage: (container: ObservedContainer) => messages.get(container.id) ?? '',
    isTerminal,
    hostIps: world.config.nodeIps,
    recursiveReadOnlyMounts: shared.recursiveReadOnlyMounts(),
    nowMs: world.clock.wallMs(),
    resize: isTerminal ? {} : context.resize.conditions,
    ...(evicted && { evicted }),
    ...(cause?.kind === 'killed' && { killed: cause }),
  })
  const changes = containerChanges(previous, status)
  const observedNow = changes.length > 0 ? observation(changes.join(', ')) : because
  statuses.set(pod, {
    status,
    because: deletion ?? observedNow,
    couldHaveRunningContainers: !isTerminal,
  })
  triggerReadiness(context, status)
  return status
}

/** The pod's deadline, once it has passed; each status that is made then says so (upstream: ShouldEvict). */
function evictedBy({ shared, machine }: PodContext, previous: PodStatus): PodFailure | undefined {
  const { pod } = machine()
  const { clock, events } = shared.world
  if (msUntilPodDeadline(pod, previous, clock.wallMs()) > 0) return undefined
  events.event(pod, { type: 'Normal', ...deadlineExceeded })
  return deadlineExceeded
}

/**
 * The readiness of each container that has started and is not known to be ready is asked at once
 * (upstream: prober's UpdatePodStatus).
 */
function triggerReadiness({ probes }: PodContext, status: PodStatus): void {
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
  for (const { name, started, ready, state } of all) {
    if (started && !ready && state?.running) probes.triggerReadiness(name)
  }
}
