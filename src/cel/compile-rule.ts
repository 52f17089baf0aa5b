import { checkExpression } from './compile/check.ts'
import { CompileErrors } from './compile/compile-errors.ts'
import { parseExpression } from './compile/parse.ts'
import { selectsField } from './compile/selects.ts'
import { Bindings } from './compile/unify.ts'
import { estimateCost } from './estimate/estimate.ts'
import { type CelBudget, CostMeter, perCallLimit } from './run/budget.ts'
import { evaluate } from './run/evaluate.ts'
import { CelCostError, CelError, PendingAnswer } from './values/cel-error.ts'
import { type CelType, formatCelType } from './values/cel-type.ts'
import type { CelValue } from './values/values.ts'

/** What an expression may use, and what it has to give. */
export interface CelDeclarations {
  /** The variables, by name. */
  readonly variables: Readonly<Record<string, CelType>>
  /** What it may give; undefined for anything. */
  readonly returns?: CelType | readonly CelType[]
  /** Whether it may write what mutations are made of: `Object{…}`, `JSONPatch{…}` and `jsonpatch.escapeKey`. */
  readonly hasPatchTypes?: boolean
}

/** What an evaluation gave: a value, or an error in upstream's words. */
export type CelOutcome =
  | { readonly value: CelValue; readonly cost: number }
  | {
      readonly error: string
      readonly cost: number
      /** Whether it cost too much, or the budget that it shares with others is used up. */
      readonly isOverBudget: boolean
    }

/** An expression that has been read and checked. */
export interface CompiledCel {
  readonly source: string
  readonly checkedType: CelType
  /** The variables that it uses. */
  readonly variables: ReadonlySet<string>
  /** Whether it looks at a field of a variable by name: `claims.email`. */
  selects(variable: string, field: string): boolean
  /** What it costs at most, by the bounds of its variables' types; Infinity where there is none. */
  maxCost(): number
  /**
   * Evaluates it with values for its variables, each of which is read when it is needed; with a budget it also takes
   * from that what it costs.
   * @throws PendingAnswer where what it asks for is not there yet; it may then be evaluated again later.
   */
  evaluate(values: Readonly<Record<string, CelValue>>, budget?: CelBudget): CelOutcome
}

/** Why an expression was not accepted; `wrongResult` when only what it gives is of another type. */
export interface CelCompileError {
  readonly error: string
  readonly wrongResult: boolean
}

/**
 * Reads and checks an expression, with all functions of Kubernetes' libraries. What is wrong with it is
 * reported in the words of upstream: `compilation failed: ERROR: <input>:1:1: …`.
 */
export function compileRule(
  source: string,
  { variables, returns, hasPatchTypes }: CelDeclarations,
): CompiledCel | CelCompileError {
  const tree = parseExpression(source)
  if (tree instanceof CompileErrors) return failed(tree)
  const { prepared } = tree
  const errors = new CompileErrors(source, prepared.originalOf)
  const { node, type, used, settle } = checkExpression(tree.ast, {
    variables: new Map(Object.entries(variables)),
    errors,
    prepared,
    hasPatchTypes,
  })
  if (!errors.isEmpty) return failed(errors)
  const allowed = returns === undefined ? [] : 'kind' in returns ? [returns] : returns
  if (allowed.length > 0 && !allowed.some((wanted) => isOf(wanted, type))) {
    const names = allowed.map(formatCelType)
    const wanted = names.length === 1 ? `${names[0]}` : `one of [${names.join(' ')}]`
    return { error: `must evaluate to ${wanted}`, wrongResult: true }
  }
  return {
    source,
    checkedType: type,
    variables: used,
    selects: (variable, field) => selectsField(node, variable, field),
    maxCost: () => estimateCost(node, settle),
    evaluate: (values, budget) => {
      const limit = Math.min(perCallLimit, budget?.remaining ?? perCallLimit)
      const meter = new CostMeter(limit)
      let isPending = false
      try {
        const value = evaluate(node, { variables: values, meter }, undefined)
        return { value, cost: meter.cost }
      } catch (error) {
        if (error instanceof PendingAnswer) isPending = true
        return outcomeOf(error, meter.cost)
      } finally {
        if (budget && !isPending) budget.remaining = Math.max(0, budget.remaining - meter.cost)
      }
    },
  }
}

const isOf = (wanted: CelType, type: CelType): boolean =>
  type.kind === 'dyn' ? wanted.kind === 'dyn' : new Bindings().assign(wanted, type)

const failed = (errors: CompileErrors): CelCompileError => ({
  error: `compilation failed: ${errors}`,
  wrongResult: false,
})

function outcomeOf(error: unknown, cost: number): CelOutcome {
  if (error instanceof CelCostError) return { error: error.message, cost, isOverBudget: true }
  if (error instanceof CelError) return { error: error.message, cost, isOverBudget: false }
  // The stack of JavaScript ends where a value nests too deep.
  if (error instanceof RangeError) return { error: error.message, cost, isOverBudget: true }
  throw error
}
