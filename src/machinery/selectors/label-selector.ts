import { derived } from '#lib'
/** metav1.LabelSelector, and the requirements that all label selectors come down to. */

/**
 * A label selector as objects carry it (metav1.LabelSelector): labels and expressions that must all
 * hold.
 */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

export interface LabelSelectorRequirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

/** The operators that a requirement of a label selector may have. */
export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt'

/** One condition on one label. Values are sorted where their order has no meaning. */
export interface Requirement {
  readonly key: string
  readonly operator: LabelOperator
  readonly values: readonly string[]
}

/** A conjunction of requirements, sorted by key. */
export interface Selector {
  readonly requirements: readonly Requirement[]
  /** True for the selector that matches nothing whatever its requirements. */
  readonly nothing: boolean
}

/** The labels of an object by their keys. */
export type Labels = Readonly<Record<string, string>>

const everything: Selector = Object.freeze({
  requirements: Object.freeze([]),
  nothing: false,
})
/** This selector matches no labels at all. */
export const nothing: Selector = Object.freeze({ requirements: Object.freeze([]), nothing: true })

/** A selector of all requirements together. */
export function selectorOf(requirements: readonly Requirement[]): Selector {
  if (requirements.length === 0) return everything
  const sorted = requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return { requirements: sorted, nothing: false }
}

/** A selector of exact values, such as a Service's; none selects everything. */
export function selectorFromMap(labels: Labels | undefined): Selector {
  return selectorOf(
    Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })),
  )
}

const operators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/**
 * The selector an object's LabelSelector means: absent selects nothing, empty everything.
 * @throws Error `"x" is not a valid label selector operator` (apimachinery's `LabelSelectorAsSelector`).
 */
export function selectorFromObject(selector: LabelSelector | null | undefined): Selector {
  if (!selector) return nothing
  const exact = selectorFromMap(selector.matchLabels).requirements
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    const known = operators[operator]
    if (!known) throw new Error(`"${operator}" is not a valid label selector operator`)
    return { key, operator: known, values: values.toSorted() }
  })
  return selectorOf([...exact, ...expressions])
}

/** Whether the labels satisfy every requirement. */
export function matchesLabels(selector: Selector, labels: Labels | undefined): boolean {
  if (selector.nothing) return false
  return selector.requirements.every((requirement) => satisfies(requirement, labels ?? {}))
}

/** Whether a selector restricts nothing. */
export function isEverything(selector: Selector): boolean {
  return !selector.nothing && selector.requirements.length === 0
}

/** The text of a selector in the grammar that `parseLabelSelector` reads. */
export function formatSelector(selector: Selector): string {
  return selector.requirements.map(formatRequirement).join(',')
}

/** The text of a LabelSelector as upstream's messages show it; `<none>` and `<error>` included. */
export function formatLabelSelector(selector: LabelSelector | null | undefined): string {
  try {
    const parsed = selectorFromObject(selector)
    return parsed.requirements.length === 0 ? '<none>' : formatSelector(parsed)
  } catch {
    return '<error>'
  }
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const list = values.toSorted().join(',')
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`
    case 'gt':
      return `${key}>${list}`
    case 'lt':
      return `${key}<${list}`
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${list}`
  }
}

function satisfies(requirement: Requirement, labels: Labels): boolean {
  const { key, operator, values } = requirement
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && hasValue(requirement, value)
    case 'notin':
    case '!=':
      return value === undefined || !hasValue(requirement, value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt':
      return compareIntegers(operator, value, values[0])
  }
}

/** Up to so many values are looked through one by one, which costs less than to index them. */
const maxUnindexed = 16

function hasValue(requirement: Requirement, value: string): boolean {
  const { values } = requirement
  return values.length > maxUnindexed ? valueSet(requirement).has(value) : values.includes(value)
}

const valueSet = derived(({ values }: Requirement) => new Set(values))

/** Longer texts are no 64-bit integers but for leading zeros, and dear to read. */
const maxIntegerLength = 100

function compareIntegers(
  operator: 'gt' | 'lt',
  value: string | undefined,
  bound: string | undefined,
): boolean {
  const [left, right] = [parseInteger(value), parseInteger(bound)]
  if (left === undefined || right === undefined) return false
  return operator === 'gt' ? left > right : left < right
}

/** A 64-bit integer as Go's `ParseInt` reads it. */
export function parseInteger(text: string | undefined): bigint | undefined {
  if (text === undefined || text.length > maxIntegerLength) return undefined
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ''))
  return BigInt.asIntN(64, value) === value ? value : undefined
}
