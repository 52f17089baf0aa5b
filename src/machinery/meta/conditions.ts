import { formatTime } from '../values/time.ts'

/** metav1.Condition, and with `lastHeartbeatTime`-like extras the older per-kind conditions. */
export interface Condition {
  readonly type: string
  readonly status: string
  readonly observedGeneration?: number
  readonly lastTransitionTime?: string
  readonly reason?: string
  readonly message?: string
}

/** The condition of a type. */
export function findCondition<T extends Condition>(
  conditions: readonly T[] | undefined,
  type: T['type'],
): T | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** Whether the condition of a type stands at a status, `True` unless told. */
export function hasCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
  status = 'True',
): boolean {
  return findCondition(conditions, type)?.status === status
}

/**
 * The conditions with one set: added at the end, or replaced where it stands. lastTransitionTime
 * moves only when the status changes (apimachinery's `SetStatusCondition`), unless the new condition
 * brings its own. The same array comes back when nothing changes.
 */
export function setCondition<T extends Condition>(
  conditions: readonly T[] | undefined,
  condition: T,
  nowMs: number,
): readonly T[] {
  const list = conditions ?? []
  const index = list.findIndex(({ type }) => type === condition.type)
  const old = list[index]
  if (!old) return [...list, withTransition(condition, formatTime(nowMs))]
  const since = old.status === condition.status ? old.lastTransitionTime : undefined
  const next = withTransition({ ...old, ...condition }, since ?? formatTime(nowMs), condition)
  return isSame(old, next) ? list : list.with(index, next)
}

function withTransition<T extends Condition>(base: T, time: string, given: T = base): T {
  return { ...base, lastTransitionTime: given.lastTransitionTime ?? time }
}

function isSame<T extends Condition>(a: T, b: T): boolean {
  return (Object.keys(b) as (keyof T)[]).every((key) => a[key] === b[key])
}
