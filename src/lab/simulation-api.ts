import type { Actions, Admission, ApiServer } from '#apiserver'
import type { Controller } from '#controllers'
import type { History } from '#history'
import type { Clock } from '#lib'
import { advanceAction } from './clock/advance-action.ts'
import { clockController } from './clock/clock-controller.ts'
import type { ClusterTime } from './clock/cluster-time.ts'
import { faultAdmission } from './faults/fault-admission.ts'
import { faultController } from './faults/fault-controller.ts'
import type { FaultTargets, NoteFault } from './faults/fault-targets.ts'

/** What the API group sim.knarr.dev acts on. */
export interface SimulationApiOptions {
  /** Faults are noted here, so that causes lead back to them. */
  readonly history: History
  readonly clock: Clock
  /** The API server; called only once it stands. */
  readonly server: () => Pick<ApiServer, 'objects' | 'served'>
  readonly time: ClusterTime
  readonly faults: FaultTargets
}

/** What a control plane adds to Kubernetes' own parts in order to serve sim.knarr.dev. */
export interface SimulationApi {
  readonly controllers: readonly Controller[]
  readonly admission: readonly Admission[]
  readonly actions: Actions
}

/** Makes the controllers, admission and actions of sim.knarr.dev: the same for real and simulated clusters. */
export function simulationApi(options: SimulationApiOptions): SimulationApi {
  const { history, clock, server, time, faults } = options
  const note: NoteFault = (about, what) =>
    history.note({
      wallMs: clock.wallMs(),
      actor: 'fault',
      verb: 'fault',
      ...about,
      what,
    })
  return {
    controllers: [clockController(time), faultController(faults, note)],
    admission: [faultAdmission],
    actions: { 'clocks.sim.knarr.dev/advance': advanceAction(time, server) },
  }
}
