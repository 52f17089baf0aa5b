import { createEventRecorder, type EventRecorder } from '#client'
import type { Clock, Random } from '#lib'
import { clientOf, type NodeRegistration } from '#node'
import type { ContainerGuess } from '#sim'

/** What the Events of a simulated node are recorded with. */
interface GuessEventsOptions {
  readonly registration: NodeRegistration
  readonly clock: Clock
  readonly random: Random
}

/**
 * Records a guess of the simulation as an Event of its pod: Normal where it stands in for a server, Warning
 * for a command that it does not simulate.
 */
export interface GuessEvents {
  record(guess: ContainerGuess): void
  /** Records through the API until the signal aborts; guesses made outside of that are not recorded. */
  start(options: GuessEventsOptions, signal: AbortSignal): void
}

/** Makes the recorder of a node, which records nothing until it is started. */
export function createGuessEvents(): GuessEvents {
  let recorder: EventRecorder | undefined
  return {
    record({ namespace, pod, uid, container, reason, message }) {
      const about = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod, uid }
      recorder?.event(about, {
        type: reason === 'SimulatedServer' ? 'Normal' : 'Warning',
        reason,
        message,
        fieldPath: `spec.containers{${container}}`,
      })
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
