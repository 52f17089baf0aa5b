import { ageOf, type Column, hasCondition } from '#machinery'
import type { Pod } from '../../../generated/types/index.ts'
import { ageColumn, nameColumn, none, text, wide } from '../../../shared/columns.ts'
import { summarizePod } from './model/summary.ts'

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  text('Ready', (pod) => {
    const { ready, total } = summarizePod(pod)
    return `${ready}/${total}`
  }),
  text('Status', (pod) => summarizePod(pod).reason),
  text('Restarts', (pod, nowMs) => {
    const { restarts, lastRestart } = summarizePod(pod)
    if (restarts === 0 || lastRestart === undefined) return `${restarts}`
    return `${restarts} (${ageOf(lastRestart, nowMs)} ago)`
  }),
  ageColumn,
  ...wide<Pod>(
    text('IP', ({ status }) => status?.podIPs?.[0]?.ip || status?.podIP || none),
    text('Node', ({ spec }) => spec?.nodeName || none),
    text('Nominated Node', ({ status }) => status?.nominatedNodeName || none),
    text('Readiness Gates', readinessGates),
  ),
]

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? []
  if (gates.length === 0) return none
  const passed = gates.filter((gate) => hasCondition(status?.conditions, gate.conditionType))
  return `${passed.length}/${gates.length}`
}
