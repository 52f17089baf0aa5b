import { compareQuantities, tryParseQuantity } from '#machinery/quantity'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
} from '#machinery/validation'
import type { LimitRange, LimitRangeItem } from '../../../generated/types/index.ts'
import { change, changeMember, mapItems } from '../../../shared/change.ts'
import { eachItem, ensure, onlyOnce } from '../../../shared/checks.ts'
import { createdAtColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateResourceName, validateResourceQuantity } from '../../../shared/resource-amounts.ts'

type ResourceList = Readonly<Record<string, string>>

/** LimitRanges bound what pods of a namespace may ask for, and give defaults. */
export const limitRanges = defineResource<LimitRange>(
  { group: '', version: 'v1', kind: 'LimitRange' },
  {
    columns: [nameColumn, createdAtColumn],
    default: (range) =>
      changeMember(range, 'spec', (spec) =>
        change(spec, { limits: mapItems(spec.limits, defaultItem) ?? [] }),
      ),
    validate: ({ spec }) => {
      const seen = new Set<string>()
      return eachItem(spec?.limits, fieldPath('spec', 'limits'), (item, at) => [
        ...onlyOnce(seen, item.type, at.child('type')),
        ...validateItem(item, at),
      ])
    },
  },
)

/** A container's default limit is the most it may have; its default request is its limit. */
function defaultItem(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== 'Container') return item
  const limits = merged(item.max, item.default)
  const requests = merged(merged(item.min, limits), item.defaultRequest)
  return change(item, {
    ...(hasMore(limits, item.default) && { default: limits }),
    ...(hasMore(requests, item.defaultRequest) && { defaultRequest: requests }),
  })
}

function merged(base: ResourceList = {}, over: ResourceList = {}): ResourceList {
  return { ...base, ...over }
}

function hasMore(list: ResourceList, old: ResourceList = {}): boolean {
  return Object.keys(list).length > Object.keys(old).length
}

function validateItem(item: LimitRangeItem, path: FieldPath): FieldErrors {
  const lists = ['max', 'min', 'default', 'defaultRequest'] as const
  return [
    ...lists.flatMap((name) =>
      Object.entries(item[name] ?? {}).flatMap(([resource, text]) => [
        ...validateResourceName(resource, path.child(name).key(resource)),
        ...validateResourceQuantity(resource, text, path.child(name).key(resource)),
      ]),
    ),
    ...(item.type === 'Pod'
      ? (['default', 'defaultRequest'] as const).flatMap((name) =>
          ensure(!item[name], () =>
            forbiddenField(path.child(name), "may not be specified when `type` is 'Pod'"),
          ),
        )
      : []),
    ...orders.flatMap(([low, high]) => validateOrder(item, [low, high], path)),
  ]
}

type ListName = 'min' | 'max' | 'default' | 'defaultRequest'

const words: Readonly<Record<ListName, string>> = {
  min: 'min value',
  max: 'max value',
  default: 'default value',
  defaultRequest: 'default request value',
}

const orders: readonly (readonly [low: ListName, high: ListName])[] = [
  ['min', 'max'],
  ['min', 'defaultRequest'],
  ['defaultRequest', 'max'],
  ['defaultRequest', 'default'],
  ['min', 'default'],
  ['default', 'max'],
]

function validateOrder(
  item: LimitRangeItem,
  [low, high]: readonly [ListName, ListName],
  path: FieldPath,
): FieldErrors {
  return Object.entries(item[low] ?? {}).flatMap(([resource, text]) => {
    const [a, b] = [tryParseQuantity(text), tryParseQuantity(item[high]?.[resource] ?? '')]
    const boundText = item[high]?.[resource] ?? ''
    return ensure(!a || !b || compareQuantities(a, b) <= 0, () =>
      invalidField(
        path.child(low).key(resource),
        text,
        `${words[low]} ${text} is greater than ${words[high]} ${boundText}`,
      ),
    )
  })
}
