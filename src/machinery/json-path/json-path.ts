import { parseSteps, type Step } from './parse.ts'

/** A path into JSON as kubectl and printer columns write it (client-go's `util/jsonpath`). */
export interface JsonPath {
  /** The first value that it leads to; undefined where there is none. */
  first(value: unknown): unknown
  /** All of them, as far as they are found within a bounded search. */
  all(value: unknown): readonly unknown[]
}

/** Values that are looked at before a search is given up: `..` may lead everywhere, again and again. */
const maxVisits = 10_000

/**
 * Reads what stands between the braces of `{.spec.replicas}`. What it cannot find is absent, and no error.
 * @throws Error that says what cannot be understood.
 */
export function parseJsonPath(text: string): JsonPath {
  const steps = parseSteps(text)
  return {
    first(value) {
      for (const found of walk(steps, value, { left: maxVisits })) return found
      return undefined
    },
    all: (value) => [...walk(steps, value, { left: maxVisits })],
  }
}

/** How much of a search is left. */
interface Budget {
  left: number
}

function* walk(steps: readonly Step[], value: unknown, budget: Budget): Generator<unknown> {
  if (budget.left-- <= 0) return
  const [step, ...rest] = steps
  if (!step) {
    yield value
    return
  }
  for (const next of follow(step, value, budget)) yield* walk(rest, next, budget)
}

function* follow(step: Step, value: unknown, budget: Budget): Generator<unknown> {
  switch (step.kind) {
    case 'field':
      if (isMap(value) && Object.hasOwn(value, step.name)) yield value[step.name]
      return
    case 'every':
      yield* membersOf(value)
      return
    case 'slice':
      if (Array.isArray(value)) yield* sliced(value, step)
      return
    case 'union':
      for (const each of step.of) yield* walk(each, value, budget)
      return
    case 'deep':
      yield* below(value, budget)
      return
    case 'filter':
      yield* filtered(step, value, budget)
  }
}

function* filtered(step: Filter, value: unknown, budget: Budget): Generator<unknown> {
  if (!Array.isArray(value)) return
  for (const member of value) if (holds(step, member, budget)) yield member
}

type Filter = Step & { readonly kind: 'filter' }

/** A value and all that it holds, nearest first. */
function* below(value: unknown, budget: Budget): Generator<unknown> {
  if (budget.left-- <= 0) return
  yield value
  for (const member of membersOf(value)) yield* below(member, budget)
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isMap(value) ? Object.values(value) : []
}

function* sliced(list: readonly unknown[], { from, to, by }: Step & { kind: 'slice' }) {
  const place = (index: number) => (index < 0 ? index + list.length : index)
  const end = Math.min(to === undefined ? list.length : place(to), list.length)
  for (let at = place(from ?? 0); at < end; at += by) if (at >= 0) yield list[at]
}

function holds({ left, right, test }: Filter, member: unknown, budget: Budget): boolean {
  const found = (operand: typeof left) =>
    operand.kind === 'literal' ? [operand.value] : [...walk(operand.steps, member, budget)]
  const some = found(left)
  if (!right) return some.length > 0
  const others = found(right)
  return some.length === 1 && others.length === 1 && compares(some[0], others[0], test)
}

function compares(a: unknown, b: unknown, test: string): boolean {
  if (test === '==') return a === b
  if (test === '!=') return a !== b
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false
  // Cast: both are of the one type that was looked at.
  const other = b as typeof a
  const isLess = a < other
  if (test.startsWith('<')) return isLess || (test === '<=' && a === other)
  return !isLess && (test === '>=' || a !== other)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
