import { advanceAction } from './clock/advance-action.ts'
import { clockController } from './clock/clock-controller.ts'
import type { ClusterTime } from './clock/cluster-clock.ts'
import type { ControlPlaneExtras, PlaneParts } from './control-plane.ts'
import { faultAdmission } from './faults/fault-admission.ts'
import { faultController } from './faults/fault-controller.ts'
import type { FaultWorld } from './faults/fault-world.ts'

/** What serves sim.knarr.dev in both worlds: the clock and the faults. */
export function clusterExtras(
  { history, clock, objects }: PlaneParts,
  time: ClusterTime,
  faults: FaultWorld,
): ControlPlaneExtras {
  const note = (node: string, what: string) =>
    history.note({
      wallMs: clock.wallMs(),
      actor: 'fault',
      verb: 'fault',
      resource: 'nodes',
      key: node,
      what,
    })
  return {
    controllers: [clockController(time), faultController(faults, note)],
    admission: [faultAdmission],
    actions: { 'clocks.sim.knarr.dev/advance': advanceAction(time, objects) },
  }
}
