import type { Structural } from '#machinery/structural'
import {
  type FieldError,
  type FieldErrors,
  type FieldPath,
  invalidField,
} from '#machinery/validation'
import { checkDefaults } from './check-defaults.ts'
import { type CompiledCustomRule, compileCustomRule } from './compiled-rule.ts'
import { SchemaCosts } from './costs.ts'
import { declaredType } from './declared-type.ts'
import { factorOf, mostOften } from './sizes.ts'

/** Where the rules of a node stand. */
interface Place {
  readonly path: FieldPath
  readonly isRoot: boolean
  readonly name: string
  /** How often the node can stand in a request; undefined where nothing around it says so. */
  readonly count: number | undefined
  /** The highest place around it whose parts have no counterpart in an old object. */
  readonly uncorrelatable: FieldPath | undefined
  readonly costs: SchemaCosts
}

/**
 * What is wrong with the rules of a schema that has no other errors: they do not compile, cost too much, or look at
 * an old value where there can be none. `path` is that of the openAPIV3Schema; a schema that is stored already
 * (`isStored`) may have rules that are dear by themselves.
 */
export function checkRules(
  structural: Structural,
  path: FieldPath,
  { isStored = false }: { readonly isStored?: boolean } = {},
): FieldErrors {
  const costs = new SchemaCosts({ toleratesDear: isStored })
  const place = { path, isRoot: true, name: 'selfType', count: 1, uncorrelatable: undefined, costs }
  return [
    ...checkDefaults(structural, path),
    ...checkNode(structural, place),
    ...costs.errors(path),
  ]
}

function checkNode(node: Structural, place: Place): FieldErrors {
  return [
    ...checkOthers(node, place),
    ...checkProperties(node, place),
    ...checkItems(node, place),
    ...checkOwn(node, place),
  ]
}

function checkOthers(node: Structural, place: Place): FieldErrors {
  if (typeof node.additional !== 'object') return []
  const path = place.path.child('additionalProperties')
  const inner = inside(node, place, { path, name: '@elem', keepsPlaces: isCorrelatable(node) })
  return checkNode(node.additional, { ...inner, isRoot: node.additional.isEmbedded })
}

function checkProperties(node: Structural, place: Place): FieldErrors {
  return [...node.properties].flatMap(([name, child]) => {
    const path = place.path.child('properties').key(name)
    const inner = inside(node, place, { path, name, keepsPlaces: isCorrelatable(node) })
    return checkNode(child, { ...inner, isRoot: child.isEmbedded })
  })
}

function checkItems(node: Structural, place: Place): FieldErrors {
  if (!node.items) return []
  const path = place.path.child('items')
  const inner = inside(node, place, { path, name: '@idx', keepsPlaces: node.listType === 'map' })
  return checkNode(node.items, { ...inner, isRoot: node.items.isEmbedded })
}

const isCorrelatable = ({ mapType }: Structural): boolean =>
  mapType === undefined || mapType === 'granular' || mapType === 'atomic'

function inside(
  node: Structural,
  outer: Place,
  { path, name, keepsPlaces }: { path: FieldPath; name: string; keepsPlaces: boolean },
): Omit<Place, 'isRoot'> {
  const factor = factorOf(node)
  const isBounded = outer.count !== undefined && factor !== undefined
  return {
    path,
    name: `${outer.name}.${name}`,
    count: isBounded ? outer.count * factor : undefined,
    uncorrelatable: outer.uncorrelatable ?? (keepsPlaces ? undefined : outer.path),
    costs: outer.costs,
  }
}

function checkOwn(node: Structural, place: Place): FieldErrors {
  const rules = node.props['x-kubernetes-validations'] ?? []
  if (rules.length === 0) return []
  const at = place.path.child('x-kubernetes-validations')
  const type = declaredType(node, place.isRoot, place.name)
  if (!type) {
    const detail = 'failed to convert to declType for CEL validation rules'
    return [{ type: 'InternalError', field: `${at}`, detail }]
  }
  const count = place.count ?? mostOften(node)
  return rules.flatMap((rule, i) => {
    const compiled = compileCustomRule(rule, node, type)
    return [
      ...costErrors(compiled, at.index(i), { costs: place.costs, count }),
      ...ruleErrors(compiled, at.index(i), place),
    ]
  })
}

function costErrors(
  { program, message }: CompiledCustomRule,
  path: FieldPath,
  { costs, count }: { readonly costs: SchemaCosts; readonly count: number },
): FieldErrors {
  const cost = program ? program.maxCost() : 0
  const whole = cost === 0 ? 0 : cost * count
  const messageCost = message?.maxCost() ?? 0
  return [
    ...costs.count(path.child('rule'), whole, 'estimated rule cost'),
    ...costs.count(
      path.child('messageExpression'),
      messageCost,
      'estimated messageExpression cost',
    ),
  ]
}

function ruleErrors(
  compiled: CompiledCustomRule,
  path: FieldPath,
  { uncorrelatable }: Place,
): FieldErrors {
  const { rule, error, messageError, usesOldSelf } = compiled
  const errors: FieldError[] = []
  if (error !== undefined) errors.push(ruleError(path.child('rule'), compiled, error))
  if (messageError !== undefined) {
    errors.push(ruleError(path.child('messageExpression'), compiled, messageError))
  }
  if (usesOldSelf && uncorrelatable) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`
    errors.push(invalidField(path.child('rule'), rule.rule, detail))
  } else if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    const detail = 'may not be set if oldSelf is not used in rule'
    errors.push(invalidField(path.child('optionalOldSelf'), rule.optionalOldSelf, detail))
  }
  return errors
}

/** An error that shows the rule as upstream does: as a struct of Go, with all that is not given. */
function ruleError(path: FieldPath, { rule }: CompiledCustomRule, problem: string): FieldError {
  const struct = {
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  }
  const shown = JSON.stringify(struct).replace(
    /[<>&]/g,
    (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
  )
  return { type: 'FieldValueInvalid', field: `${path}`, detail: `${shown}: ${problem}` }
}
