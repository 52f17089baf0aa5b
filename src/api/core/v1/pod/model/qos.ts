import { compareQuantities, type Quantity, zeroQuantity } from '#machinery/quantity'
import type { Pod } from '../../../../generated/types/index.ts'
import { allContainersOf } from './containers.ts'
import { addAmounts, amountsOf, type ResourceAmounts } from './requests.ts'

/** The quality-of-service class of a pod decides who is evicted first. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const counted = ['cpu', 'memory'] as const

/**
 * The quality-of-service class by what the spec asks for (upstream: ComputePodQOS). Only cpu and
 * memory above zero count; requests and limits of the whole pod, where given, stand for all.
 */
export function podQosClass({ spec }: Pod): QosClass {
  const own = spec?.resources
  const parts = own ? [own] : allContainersOf(spec).map(({ resources }) => resources)
  const limits = parts.map((resources) => positive(amountsOf(resources?.limits)))
  const requested = sum(parts.map((resources) => positive(amountsOf(resources?.requests))))
  const limited = sum(limits)
  if (requested.size === 0 && limited.size === 0) return 'BestEffort'
  const allLimited = limits.every((amounts) => amounts.size === counted.length)
  const isExact = counted.every((name) => areEqual(requested.get(name), limited.get(name)))
  return allLimited && isExact ? 'Guaranteed' : 'Burstable'
}

function sum(list: readonly ResourceAmounts[]): ResourceAmounts {
  return list.reduce(addAmounts, new Map())
}

function positive(amounts: ResourceAmounts): ResourceAmounts {
  return new Map(
    [...amounts].filter(
      ([name, value]) =>
        counted.some((known) => known === name) && compareQuantities(value, zeroQuantity) > 0,
    ),
  )
}

function areEqual(a: Quantity | undefined, b: Quantity | undefined): boolean {
  return a !== undefined && b !== undefined && compareQuantities(a, b) === 0
}
