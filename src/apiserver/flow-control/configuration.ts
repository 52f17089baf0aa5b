import {
  type FlowSchema,
  flowSchemas,
  mandatoryFlowControl,
  type PriorityLevelConfiguration,
  priorityLevelConfigurations,
} from '#api'
import type { KubeObject } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { QueuesForm } from './fair-queues.ts'
import type { SeatLimits } from './seats.ts'

/** A FlowSchema that is used, with what answers tell of it. */
export interface UsedSchema {
  readonly name: string
  readonly uid: string
  readonly level: string
  readonly distinguisher: 'ByUser' | 'ByNamespace' | undefined
  readonly object: FlowSchema
}

/** A priority level that is used. */
export interface UsedLevel {
  readonly name: string
  readonly uid: string
  readonly isExempt: boolean
  readonly limits: SeatLimits
  /** Absent where nobody waits. */
  readonly queues?: QueuesForm
  /** The most seats that one request takes. */
  readonly maxSeats: number
}

/** What requests are sorted by: schemas in the order of matching, and the levels they lead to. */
export interface FlowConfiguration {
  readonly schemas: readonly UsedSchema[]
  readonly levels: ReadonlyMap<string, UsedLevel>
}

/** The objects as they are; mandatory ones that are missing are imagined (upstream: `cfgMeal`). */
export function flowConfigurationOf(objects: ObjectReader, seats: number): FlowConfiguration {
  const levelObjects = withMandatory(
    objects.list(priorityLevelConfigurations),
    mandatoryFlowControl.levels,
  )
  const shares = levelObjects.reduce((sum, { spec }) => sum + sharesOf(spec), 0)
  const levels = new Map(
    levelObjects.map((level) => [nameOf(level), usedLevel(level, { seats, shares })]),
  )
  const schemas = withMandatory(objects.list(flowSchemas), mandatoryFlowControl.schemas)
    .filter(({ spec }) => levels.has(spec?.priorityLevelConfiguration.name ?? ''))
    .toSorted(byPrecedence)
    .map(usedSchema)
  return { schemas, levels }
}

function withMandatory<T extends KubeObject>(
  found: readonly T[],
  mandatory: readonly T[],
): readonly T[] {
  const names = new Set(found.map(nameOf))
  return [...found, ...mandatory.filter((each) => !names.has(nameOf(each)))]
}

function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? ''
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const [first, second] = [precedenceOf(a), precedenceOf(b)]
  if (first !== second) return first - second
  return nameOf(a) < nameOf(b) ? -1 : 1
}

function precedenceOf({ spec }: FlowSchema): number {
  return spec?.matchingPrecedence ?? 0
}

function usedSchema(object: FlowSchema): UsedSchema {
  const { metadata, spec } = object
  const type = spec?.distinguisherMethod?.type
  return {
    name: nameOf(object),
    uid: metadata?.uid ?? '',
    level: spec?.priorityLevelConfiguration.name ?? '',
    distinguisher: type === 'ByUser' || type === 'ByNamespace' ? type : undefined,
    object,
  }
}

type Spec = PriorityLevelConfiguration['spec']

function sharesOf(spec: Spec): number {
  return (spec?.exempt ?? spec?.limited)?.nominalConcurrencyShares ?? 0
}

/** Upstream's share of a level that a request of 10 seats at the most takes a part of. */
const maxSeatsShare = 0.15
const maxRequestSeats = 10

function usedLevel(
  level: PriorityLevelConfiguration,
  { seats, shares }: { readonly seats: number; readonly shares: number },
): UsedLevel {
  const { spec, metadata } = level
  const { exempt, limited } = spec ?? {}
  const lendablePercent = exempt?.lendablePercent ?? limited?.lendablePercent ?? 0
  const borrowing = limited?.borrowingLimitPercent
  const nominal = shares === 0 ? 0 : Math.ceil((seats * sharesOf(spec)) / shares)
  const lent = Math.round((nominal * lendablePercent) / 100)
  const borrowed = borrowing === undefined ? seats : Math.round((nominal * borrowing) / 100)
  const response = limited?.limitResponse
  const queuing = response?.type === 'Queue' ? response.queuing : undefined
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing ?? {}
  const most = Math.min(Math.ceil(nominal * maxSeatsShare), Math.floor(nominal / (handSize || 1)))
  return {
    name: nameOf(level),
    uid: metadata?.uid ?? '',
    isExempt: spec?.type === 'Exempt',
    limits: { nominal, least: nominal - lent, most: nominal + borrowed },
    ...(queuing && { queues: { queues, handSize, queueLengthLimit } }),
    maxSeats: queuing ? Math.min(maxRequestSeats, Math.max(1, most)) : maxRequestSeats,
  }
}
