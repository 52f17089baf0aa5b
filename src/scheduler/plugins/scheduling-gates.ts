import { type Plugin, unresolvable } from '../framework/plugin.ts'

const name = 'SchedulingGates'

/** Keeps pods out of the queue until all their scheduling gates are removed. */
export const schedulingGates: Plugin = {
  name,
  preEnqueue({ pod }) {
    const gates = pod.spec?.schedulingGates ?? []
    if (gates.length === 0) return undefined
    const names = gates.map((gate) => gate.name).join(' ')
    return unresolvable(name, `waiting for scheduling gates: [${names}]`)
  },
  queueingHint: (event) =>
    event.kind === 'self' && (event.after.pod.spec?.schedulingGates ?? []).length === 0,
}
