import { groupResourceOf, type ResourceRef } from '#machinery'
import { quantityOf } from '#machinery/quantity'
import type { QuotaEvaluator } from './evaluator.ts'

/** One object. */
export const one = Object.freeze(quantityOf(1))

/** `count/deployments.apps`: the name under which the objects of a resource are counted. */
export function countName(resource: Pick<ResourceRef, 'group' | 'plural'>): string {
  return `count/${groupResourceOf(resource)}`
}

/** Counts objects alone, under the common name and, for some resources, an older one besides. */
export function countEvaluator(
  resource: Pick<ResourceRef, 'group' | 'plural'>,
  ...aliases: readonly string[]
): QuotaEvaluator {
  const own = [countName(resource), ...aliases]
  const used = new Map(own.map((name) => [name, one]))
  return {
    resource,
    handles: ({ verb, subresource }) => verb === 'create' && subresource === '',
    matching: (names) => [...names].filter((name) => used.has(name)),
    matchesScope: () => false,
    missing: () => undefined,
    usage: () => used,
    isRecounted: () => false,
  }
}
