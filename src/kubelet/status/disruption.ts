import type { PodCondition } from '#api'

/** Says that a pod was not to blame for its end; whoever ends it writes it. */
export const disruptionTarget = 'DisruptionTarget'
/** The reason where that is the kubelet. */
export const disruptedByKubelet = 'TerminationByKubelet'

/** The kubelet's own in place of anybody else's. */
export function withDisruption(
  conditions: readonly PodCondition[],
  own: PodCondition,
): readonly PodCondition[] {
  return [...conditions.filter(({ type }) => type !== disruptionTarget), own]
}

export function ownDisruption(
  conditions: readonly PodCondition[] | undefined,
): PodCondition | undefined {
  return conditions?.find(
    ({ type, reason }) => type === disruptionTarget && reason === disruptedByKubelet,
  )
}
