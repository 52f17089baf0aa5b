import { portsConflict } from '#api'
import { type Plugin, skip, unschedulable } from '../framework/plugin.ts'
import type { PodInfo } from '../model/pod-info.ts'

const name = 'NodePorts'
const rejection = unschedulable(name, "node(s) didn't have free ports for the requested pod ports")

/** Keeps pods apart that want the same port of a node. */
export const nodePorts: Plugin = {
  name,
  preFilter({ pod: { hostPorts } }) {
    if (hostPorts.length === 0) return skip
    return {
      kind: 'filter',
      filter: ({ load }) =>
        load.hostPorts.some((taken) => hostPorts.some((port) => portsConflict(port, taken)))
          ? rejection
          : undefined,
    }
  },
  queueingHint(event, pod) {
    if (event.kind === 'node') return !event.before && event.after !== undefined
    return event.kind === 'pod' && !event.after && !!event.before && overlap(event.before, pod)
  },
}

function overlap(a: PodInfo, b: PodInfo): boolean {
  return a.hostPorts.some((port) => b.hostPorts.some((other) => portsConflict(port, other)))
}
