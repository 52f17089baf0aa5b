import { createEventRecorder, type EventRecorder } from '#client'
import type { Clock, Random } from '#lib'
import { clientOf, type NodeRegistration } from '#node'
import type { ContainerGuess, RefusedConnection, SimFabric } from '#sim'

/** What the Events of a simulated node are recorded with. */
interface SimulationEventsOptions {
  readonly registration: NodeRegistration
  readonly clock: Clock
  readonly random: Random
}

/** Records what only the simulation knows as Events of pods. */
export interface SimulationEvents {
  /**
   * A guess of the simulation: Normal where it stands in for a server, Warning for a command that it does
   * not simulate.
   */
  guessed(guess: ContainerGuess): void
  /** A connection that policies refused, as a warning of the pods at both of its ends. */
  refused(connection: RefusedConnection, fabric: SimFabric): void
  /** Records through the API until the signal aborts; what happens outside of that is not recorded. */
  start(options: SimulationEventsOptions, signal: AbortSignal): void
}

/** Makes the recorder of a node, which records nothing until it is started. */
export function createSimulationEvents(): SimulationEvents {
  let recorder: EventRecorder | undefined
  return {
    guessed({ namespace, pod, uid, container, reason, message }) {
      const about = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod, uid }
      recorder?.event(about, {
        type: reason === 'SimulatedServer' ? 'Normal' : 'Warning',
        reason,
        message,
        fieldPath: `spec.containers{${container}}`,
      })
    },
    refused({ flow: { from, to, port, protocol }, judgement }, fabric) {
      const by = `NetworkPolicy ${judgement.policies.join(', ')} (${judgement.direction} of ${judgement.pod})`
      const reports = [
        [from, `no connection to ${nameAt(fabric, to)} at ${to} port ${port} (${protocol})`],
        [to, `no connection from ${nameAt(fabric, from)} at ${from} to port ${port} (${protocol})`],
      ] as const
      for (const [ip, what] of reports) {
        const { pod, podUid: uid } = fabric.at(ip) ?? {}
        if (pod === undefined || uid === undefined) continue
        const message = `${what}: dropped by ${by}`
        recorder?.event(
          { apiVersion: 'v1', kind: 'Pod', ...pod, uid },
          { type: 'Warning', reason: 'PolicyRefused', message },
        )
      }
    },
    start({ registration, clock, random }, signal) {
      recorder = createEventRecorder({
        client: clientOf(registration.kubelet, {
          userAgent: 'knarr-simulation',
          link: undefined,
          signal,
        }),
        clock,
        random,
        source: { component: 'simulation', host: registration.name },
        signal,
      })
    },
  }
}

/** Who has an address, in words. */
function nameAt(fabric: SimFabric, ip: string): string {
  const { pod, node } = fabric.at(ip) ?? {}
  if (pod) return `${pod.namespace}/${pod.name}`
  return node ?? fabric.nodeOf(ip) ?? 'somebody'
}
