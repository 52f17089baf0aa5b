import {
  addAmounts,
  amountsOf,
  areSameAmounts,
  listOfAmounts,
  maskAmounts,
  type QuotaEvaluator,
  type ResourceAmounts,
  type ResourceQuota,
  scopeSelectorsOf,
} from '#api'
import type { KubeObject, Stored } from '#machinery'
import { zeroQuantity } from '#machinery/quantity'

/** A resource as it is counted. */
export interface Counted {
  readonly evaluator: QuotaEvaluator
  /** Its objects in the namespace of the quota; undefined while they are not known. */
  readonly objects: () => readonly KubeObject[] | undefined
}

/** What a quota's status should say, and of what nothing can be said yet. */
export interface Recount {
  /** Undefined where the status says it already. */
  readonly status?: NonNullable<ResourceQuota['status']>
  readonly unknown: readonly QuotaEvaluator[]
}

/** Counts all that a quota bounds (upstream: `syncResourceQuota` and `CalculateUsage`). */
export function recount(
  quota: Stored<ResourceQuota>,
  counted: readonly Counted[],
  nowMs: number,
): Recount {
  const hard = amountsOf(quota.spec?.hard)
  const unknown: QuotaEvaluator[] = []
  const scopes = scopeSelectorsOf(quota)
  // What cannot be counted stays as it was.
  const used = new Map(amountsOf(quota.status?.used))
  let sum: ResourceAmounts = new Map()
  const names = new Set<string>()
  for (const { evaluator, objects } of counted) {
    const own = evaluator.matching(hard.keys())
    if (own.length === 0) continue
    const found = objects()
    if (!found) {
      unknown.push(evaluator)
      continue
    }
    for (const name of own) names.add(name)
    for (const object of found) {
      const isCounted = scopes.every((scope) => evaluator.matchesScope(scope, object))
      if (isCounted) sum = addAmounts(sum, evaluator.usage(object, nowMs))
    }
  }
  for (const name of names) used.set(name, sum.get(name) ?? zeroQuantity)
  const bounded = maskAmounts(used, hard.keys())
  const status = { hard: listOfAmounts(hard), used: listOfAmounts(bounded) }
  return isSaid(quota, hard, bounded) ? { unknown } : { status, unknown }
}

function isSaid({ status }: ResourceQuota, hard: ResourceAmounts, used: ResourceAmounts): boolean {
  return (
    status?.hard !== undefined &&
    status.used !== undefined &&
    areSameAmounts(amountsOf(status.hard), hard) &&
    areSameAmounts(amountsOf(status.used), used)
  )
}
