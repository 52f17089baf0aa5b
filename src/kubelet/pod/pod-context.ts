import type { Pod } from '#api'
import type { Stored } from '#machinery'
import type { CrashBackOff } from '../containers/crash-back-off.ts'
import { readTerminationMessage } from '../containers/termination-message.ts'
import { type ObservedPod, observePod } from '../model/observed.ts'
import type { PodProbes } from '../probes/pod-probes.ts'
import type { ResizeState } from '../resize/resize-state.ts'
import type { WaitingReason } from '../status/container-status.ts'
import type { PodMounts } from '../volumes/pod-mounts.ts'
import type { PodEvent, PodMachine } from './machine.ts'
import type { PodShared } from './pod-shared.ts'
import type { Refresh } from './refresh.ts'

/** What the steps of one pod work with. All of it is derived again from the API and the runtime after a restart. */
export interface PodContext {
  readonly uid: string
  readonly shared: PodShared
  readonly crashes: CrashBackOff
  readonly mounts: PodMounts
  readonly refresh: Refresh
  /** Reasons why containers wait, kept from sync to sync. */
  readonly waiting: Map<string, WaitingReason>
  /** Termination messages by container id: read once, when the container has ended. */
  readonly messages: Map<string, string>
  readonly probes: PodProbes
  readonly resize: ResizeState
  readonly machine: () => PodMachine
  /** Tells the pod's machine what a step has come to. */
  send(event: PodEvent): void
  /** Drops the reports of the runtime that have been acted upon. */
  dropReports(): void
}

/** The pod as the API had it last. */
export function podOf(context: PodContext): Stored<Pod> {
  return context.machine().pod
}

/** What the runtime had of the pod when it was asked last. */
export function observedOf(context: PodContext): ObservedPod {
  return context.machine().observed
}

/** Asks the runtime for the pod, and reads the messages of containers that have ended since. */
export async function observe(context: PodContext, signal: AbortSignal): Promise<void> {
  const { uid, shared, messages } = context
  const { runtime, host, clock } = shared.world
  context.send({ kind: 'observing' })
  const observed = await observePod(runtime, uid, clock, signal)
  context.send({ kind: 'observed', observed })
  for (const container of observed.containers) {
    if (container.state !== 'exited' || messages.has(container.id)) continue
    messages.set(container.id, await readTerminationMessage(host, uid, container, signal))
  }
}
