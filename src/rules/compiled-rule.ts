import { type CelType, type CompiledCel, celTypes, compileRule, optionalType } from '#cel'
import { type CustomRule, type Structural, schemaAt } from '#machinery/structural'

/** A rule of a schema, ready to be evaluated; without `program` it is empty or could not be compiled. */
export interface CompiledCustomRule {
  readonly rule: CustomRule
  readonly program?: CompiledCel
  readonly error?: string
  readonly message?: CompiledCel
  readonly messageError?: string
  /** Whether it looks at what stood there before. */
  readonly usesOldSelf: boolean
  /** Steps from the node to the field that its error names: properties, or keys of a map. */
  readonly steps: readonly { readonly name: string; readonly isKey: boolean }[]
}

/** Compiles a rule against the type of the node that it stands at. */
export function compileCustomRule(
  rule: CustomRule,
  node: Structural,
  type: CelType,
): CompiledCustomRule {
  const empty = { rule, usesOldSelf: false, steps: stepsTo(rule, node) }
  if (rule.rule.trim() === '') return empty
  const variables = { self: type, oldSelf: rule.optionalOldSelf ? optionalType(type) : type }
  const program = compileRule(rule.rule, { variables, returns: celTypes.bool })
  if ('error' in program) {
    const error = program.wrongResult ? 'cel expression must evaluate to a bool' : program.error
    return { ...empty, error }
  }
  const compiled = { ...empty, program, usesOldSelf: program.variables.has('oldSelf') }
  if (!rule.messageExpression) return compiled
  const message = compileRule(rule.messageExpression, { variables, returns: celTypes.string })
  if (!('error' in message)) return { ...compiled, message }
  const problem = message.wrongResult ? 'must evaluate to a string' : message.error
  return { ...compiled, messageError: `messageExpression ${problem}` }
}

function stepsTo({ fieldPath = '' }: CustomRule, node: Structural): CompiledCustomRule['steps'] {
  const found = fieldPath === '' ? undefined : schemaAt(node, fieldPath)
  if (!found || 'refusal' in found) return []
  let at: Structural | undefined = node
  return found.fieldPath.map((name) => {
    const isKey = at === undefined || at.properties.size === 0
    const others = at?.additional
    at = at?.properties.get(name) ?? (typeof others === 'object' ? others : undefined)
    return { name, isKey }
  })
}
