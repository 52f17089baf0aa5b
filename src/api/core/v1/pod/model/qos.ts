import {
  compareQuantities,
  type Quantity,
  tryParseQuantity,
  zeroQuantity,
} from '#machinery/quantity'
import type { Pod } from '../../../../generated/types/index.ts'
import { allContainersOf } from './containers.ts'
import { addAmounts, type ResourceAmounts } from './requests.ts'

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
  const limits = parts.map((resources) => positive(resources?.limits))
  const requested = sum(parts.map((resources) => positive(resources?.requests)))
  const limited = sum(limits)
  if (requested.size === 0 && limited.size === 0) return 'BestEffort'
  const allLimited = limits.every((amounts) => amounts.size === counted.length)
  const isExact = counted.every((name) => areEqual(requested.get(name), limited.get(name)))
  return allLimited && isExact ? 'Guaranteed' : 'Burstable'
}

function sum(list: readonly ResourceAmounts[]): ResourceAmounts {
  return list.reduce(addAmounts, new Map())
}

/** Of the counted ones, however many others a list has. */
function positive(list: Readonly<Record<string, string>> | undefined): ResourceAmounts {
  const amounts = counted.map((name) => [name, tryParseQuantity(list?.[name] ?? '0')] as const)
  return new Map(
    amounts.filter(
      (each): each is readonly [(typeof counted)[number], Quantity] =>
        each[1] !== undefined && compareQuantities(each[1], zeroQuantity) > 0,
    ),
  )
}

function areEqual(a: Quantity | undefined, b: Quantity | undefined): boolean {
  return a !== undefined && b !== undefined && compareQuantities(a, b) === 0
}
