import type { Structural } from '#machinery/structural'
import {
  type FieldError,
  type FieldErrors,
  type FieldPath,
  invalidField,
} from '#machinery/validation'
import { type CompiledCustomRule, compileCustomRule } from './compiled-rule.ts'
import { declaredType } from './declared-type.ts'

/** Where the rules of a node stand. */
interface Place {
  readonly path: FieldPath
  readonly isRoot: boolean
  readonly name: string
  /** The highest place around it whose parts have no counterpart in an old object. */
  readonly uncorrelatable: FieldPath | undefined
}

/**
 * What is wrong with the rules of a schema that has no other errors: they do not compile, or look at an old value
 * where there can be none. `path` is that of the openAPIV3Schema.
 */
export function checkRules(structural: Structural, path: FieldPath): FieldErrors {
  return checkNode(structural, { path, isRoot: true, name: 'selfType', uncorrelatable: undefined })
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
  return checkNode(
    node.additional,
    inside(node.additional, place, {
      path: place.path.child('additionalProperties'),
      name: '@elem',
      uncorrelatable: isCorrelatable(node) ? undefined : place.path,
    }),
  )
}

function checkProperties(node: Structural, place: Place): FieldErrors {
  const uncorrelatable = isCorrelatable(node) ? undefined : place.path
  return [...node.properties].flatMap(([name, child]) =>
    checkNode(
      child,
      inside(child, place, {
        path: place.path.child('properties').key(name),
        name,
        uncorrelatable,
      }),
    ),
  )
}

function checkItems(node: Structural, place: Place): FieldErrors {
  if (!node.items) return []
  return checkNode(
    node.items,
    inside(node.items, place, {
      path: place.path.child('items'),
      name: '@idx',
      uncorrelatable: node.listType === 'map' ? undefined : place.path,
    }),
  )
}

const isCorrelatable = ({ mapType }: Structural): boolean =>
  mapType === undefined || mapType === 'granular' || mapType === 'atomic'

function inside(
  child: Structural,
  outer: Place,
  { path, name, uncorrelatable }: Pick<Place, 'path' | 'name' | 'uncorrelatable'>,
): Place {
  return {
    path,
    isRoot: child.isEmbedded,
    name: `${outer.name}.${name}`,
    uncorrelatable: outer.uncorrelatable ?? uncorrelatable,
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
  return rules.flatMap((rule, i) =>
    ruleErrors(compileCustomRule(rule, node, type), at.index(i), place),
  )
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
