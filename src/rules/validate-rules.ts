import {
  type CelBudget,
  type CelOutcome,
  type CelValue,
  celValueOf,
  objectBudget,
  optionalValue,
  perCallLimit,
} from '#cel'
import { encodeJson } from '#machinery'
import { type Counterpart, correlate, type Structural } from '#machinery/structural'
import {
  duplicateField,
  type FieldError,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { CompiledCustomRule } from './compiled-rule.ts'
import { type RuleNode, ruleTree } from './rule-tree.ts'

/** What an object breaks: errors, and those that an update may leave as they are, which become warnings. */
export interface BrokenRules {
  readonly errors: FieldErrors
  readonly tolerated: FieldErrors
}

/** The rules of a schema, compiled. */
export interface CustomRules {
  /** Holds an object to the rules; on update with what it takes the place of. */
  validate(
    object: JsonObject,
    given?: { readonly old?: JsonObject | undefined; readonly budget?: CelBudget },
  ): BrokenRules
}

type JsonObject = Readonly<Record<string, unknown>>

/** Compiles the rules of a schema; undefined where it has none. */
export function customRules(structural: Structural): CustomRules | undefined {
  const tree = ruleTree(structural)
  if (!tree) return undefined
  return {
    validate(object, { old, budget = objectBudget() } = {}) {
      const run: Run = { budget, errors: [], tolerated: [], isStopped: false }
      const current = old && correlate(object, old, structural)
      validateAt(tree, run, { path: fieldPath(), value: object, old, current, parent: undefined })
      return { errors: run.errors, tolerated: run.tolerated }
    },
  }
}

/** What a value breaks of the rules at a node and below, in the place of an old one. */
export function brokenBelow(
  tree: RuleNode,
  {
    path,
    value,
    old,
    budget,
  }: Pick<Site, 'path' | 'value' | 'old'> & { readonly budget: CelBudget },
): FieldErrors {
  const run: Run = { budget, errors: [], tolerated: [], isStopped: false }
  validateAt(tree, run, { path, value, old, current: undefined, parent: undefined })
  return run.errors
}

interface Run {
  readonly budget: CelBudget
  readonly errors: FieldError[]
  readonly tolerated: FieldError[]
  /** Set when the budget is used up: nothing more is evaluated. */
  isStopped: boolean
}

/** A place in the object, and what stood there before. */
interface Site {
  readonly path: FieldPath
  readonly value: unknown
  readonly old: unknown
  /** Undefined where the place has none in the old object; then the nearest above that has counts. */
  readonly current: Counterpart | undefined
  readonly parent: Counterpart | undefined
}

function validateAt(tree: RuleNode, run: Run, site: Site): void {
  if (run.isStopped || site.value === null || site.value === undefined) return
  validateRules(tree, run, site)
  for (const nested of tree.allOf) {
    if (run.isStopped) return
    validateAt(nested, run, { ...site, current: undefined })
  }
  if (Array.isArray(site.value)) validateItems(tree, run, site, site.value)
  else if (isObject(site.value)) validateMembers(tree, run, site, site.value)
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function validateItems(
  { items, node }: RuleNode,
  run: Run,
  site: Site,
  list: readonly unknown[],
): void {
  if (!items) return
  const before = oldItems(node, site.old)
  for (const [i, value] of list.entries()) {
    const current = site.current?.item(i)
    const place = { path: site.path.index(i), value, old: before(value), current }
    validateAt(items, run, { ...place, parent: site.current ?? site.parent })
  }
}

/** Only items of a list of type map have a place of their own in the old list. */
function oldItems({ listType, listMapKeys }: Structural, old: unknown): (item: unknown) => unknown {
  if (listType !== 'map' || !Array.isArray(old)) return () => undefined
  const keyOf = (item: unknown): string =>
    encodeJson(listMapKeys.map((key) => (isObject(item) ? item[key] : undefined)))
  const byKey = new Map(old.map((item) => [keyOf(item), item]))
  return (item) => byKey.get(keyOf(item))
}

function validateMembers(tree: RuleNode, run: Run, site: Site, value: JsonObject): void {
  const old = isObject(site.old) ? site.old : {}
  const isRoot = site.parent === undefined
  for (const [name, member] of Object.entries(value)) {
    const isTypeMeta = isRoot && (name === 'apiVersion' || name === 'kind')
    const current = isTypeMeta ? undefined : site.current?.member(name)
    const parent = isTypeMeta ? undefined : (site.current ?? site.parent)
    const place = {
      value: member,
      old: Object.hasOwn(old, name) ? old[name] : undefined,
      current,
      parent,
    }
    const property = tree.properties.get(name)
    if (tree.others) validateAt(tree.others, run, { ...place, path: site.path.key(name) })
    if (property) validateAt(property, run, { ...place, path: site.path.child(name) })
  }
}

/** Whether the place is as it was, or one above of which it is a part. */
const isUnchanged = ({ current, parent }: Site): boolean =>
  (current ?? parent)?.isUnchanged() ?? false

function validateRules({ rules, type, node }: RuleNode, run: Run, site: Site): void {
  if (rules.length === 0) return
  if (run.budget.remaining <= 0) {
    stop(run, invalidField(site.path, node.type, outOfBudget))
    return
  }
  const self = celValueOf(type, site.value)
  const hasOld = site.old !== undefined && site.old !== null
  const oldSelf = hasOld ? celValueOf(type, site.old) : undefined
  for (const compiled of rules) {
    if (run.isStopped) return
    const { rule } = compiled
    if (compiled.error !== undefined) {
      run.errors.push(invalidField(site.path, node.type, `rule compile error: ${compiled.error}`))
      continue
    }
    if (compiled.usesOldSelf && !hasOld && !rule.optionalOldSelf) continue
    const values = { self, ...oldValue(compiled, oldSelf) }
    validateRule(compiled, node, { run, site, values })
  }
}

function oldValue(
  { rule, usesOldSelf }: CompiledCustomRule,
  oldSelf: CelValue | undefined,
): Readonly<Record<string, CelValue>> {
  if (rule.optionalOldSelf) return { oldSelf: optionalValue(oldSelf) }
  return usesOldSelf && oldSelf !== undefined ? { oldSelf } : {}
}

interface Evaluated {
  readonly run: Run
  readonly site: Site
  readonly values: Readonly<Record<string, CelValue>>
}

function validateRule(compiled: CompiledCustomRule, node: Structural, given: Evaluated): void {
  const { run, site, values } = given
  if (!compiled.program) return
  const before = run.budget.remaining
  const result = compiled.program.evaluate(values, run.budget)
  if (result.cost > before) {
    stop(run, invalidField(site.path, node.type, outOfBudget))
  } else if ('error' in result) {
    const error = invalidField(site.path, node.type, evaluationMessage(result, compiled))
    if (result.isOverBudget) stop(run, error)
    else run.errors.push(error)
  } else if (result.value !== true) report(compiled, node, given)
}

const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run'

function stop(run: Run, error: FieldError): void {
  run.errors.push(error)
  run.isStopped = true
}

const shownRule = ({ rule: { rule, message = '' } }: CompiledCustomRule): string =>
  (message === '' ? rule : message).trim()

function evaluationMessage(
  { error, isOverBudget }: Extract<CelOutcome, { readonly error: string }>,
  compiled: CompiledCustomRule,
): string {
  const rule = shownRule(compiled)
  if (error.startsWith('no such overload')) {
    return `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`
  }
  if (isOverBudget) {
    return `'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`
  }
  return `${error} evaluating rule: ${rule}`
}

/** Notes that a rule does not hold: as an error, or as a warning where nothing has changed. */
function report(compiled: CompiledCustomRule, node: Structural, given: Evaluated): void {
  const { run, site } = given
  const path = compiled.steps.reduce(
    (at, { name, isKey }) => (isKey ? at.key(name) : at.child(name)),
    site.path,
  )
  const isTolerated = !compiled.usesOldSelf && isUnchanged(site)
  const reported = isTolerated ? run.tolerated : run.errors
  const message = expressedMessage(compiled, given)
  if (message !== undefined && typeof message !== 'string') {
    run.isStopped = true
    reported.push(invalidField(path, node.type, message.error))
    return
  }
  const { rule } = compiled
  const detail =
    message ?? (rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`)
  reported.push(ruleError(rule.reason, { path, detail, node, value: site.value }))
}

function ruleError(
  reason: string | undefined,
  {
    path,
    detail,
    node,
    value,
  }: { path: FieldPath; detail: string; node: Structural; value: unknown },
): FieldError {
  const isOmitted = node.type === 'object' || node.type === 'array'
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(path, detail)
    case 'FieldValueRequired':
      return requiredField(path, detail)
    case 'FieldValueDuplicate':
      return withoutValue(duplicateField(path, value), isOmitted)
    default:
      return withoutValue(invalidField(path, value, detail), isOmitted)
  }
}

/** Objects and lists are not shown. */
function withoutValue(error: FieldError, isOmitted: boolean): FieldError {
  if (!isOmitted) return error
  const { badValue: _, ...rest } = error
  return rest
}

const longestMessage = 5 * 1024

/** What a message expression says; undefined where it fails or says nothing usable. */
function expressedMessage(
  { message, rule: { messageExpression } }: CompiledCustomRule,
  { run, values }: Evaluated,
): string | undefined | { readonly error: string } {
  if (!message) return undefined
  const before = run.budget.remaining
  const result = message.evaluate(values, run.budget)
  if (result.cost > before) {
    return {
      error:
        'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run',
    }
  }
  if ('error' in result) {
    if (!result.isOverBudget || result.cost <= perCallLimit) return undefined
    return {
      error: `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(messageExpression)}`,
    }
  }
  const text = typeof result.value === 'string' ? result.value.trim() : ''
  const isUsable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= longestMessage
  return isUsable ? text : undefined
}
