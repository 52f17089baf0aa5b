import { type CelValue, type CompiledCel, celTypes } from '#cel'
import { atOnce, type Steps } from '#lib'
import { compileAdmissionRule } from './compile.ts'
import { ExpressionPace, paced, withAnswers } from './composition.ts'

/** A condition of a webhook or a policy, ready to be evaluated. */
export interface CompiledCondition {
  readonly name: string
  readonly expression: string
  readonly program: CompiledCel | { readonly error: string }
}

/** What all conditions together say; an error only where nothing says that they do not match. */
export type ConditionsOutcome =
  | { readonly matches: boolean }
  | { readonly matches: false; readonly error: string }

/** What the conditions of one webhook or policy may cost together: a quarter of what an object's rules may. */
const conditionsLimit = 2_500_000

const overBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run'

/** Reads the conditions of a webhook. */
export function compileConditions(conditions: readonly Condition[]): readonly CompiledCondition[] {
  return atOnce(readConditions(conditions, { hasParams: false, pace: new ExpressionPace() }))
}

interface Condition {
  readonly name: string
  readonly expression: string
}

/** Reads the conditions of a policy, with others' turn between those that are long. */
export function* readConditions(
  conditions: readonly Condition[],
  { hasParams, pace }: { readonly hasParams: boolean; readonly pace: ExpressionPace },
): Steps<readonly CompiledCondition[]> {
  const compiled: CompiledCondition[] = []
  for (const { name, expression } of conditions) {
    const compile = () => compileMatchCondition(expression, hasParams)
    compiled.push({ name, expression, program: yield* paced(expression, pace, compile) })
  }
  return compiled
}

/** Reads one condition, which has to give a bool. */
export function compileMatchCondition(
  expression: string,
  hasParams: boolean,
): CompiledCel | { readonly error: string } {
  return compileAdmissionRule(expression, {
    hasParams,
    hasAuthorizer: true,
    returns: [celTypes.bool],
  })
}

/**
 * Evaluates the conditions of a webhook or a policy. One that gives false settles it, whatever goes wrong with others (upstream:
 * `matchconditions.Matcher`).
 */
export function* conditionSteps(
  conditions: readonly CompiledCondition[],
  values: Readonly<Record<string, CelValue>>,
  pace: ExpressionPace,
): Steps<ConditionsOutcome> {
  const budget = { remaining: conditionsLimit }
  const errors: string[] = []
  for (const { expression, program } of conditions) {
    if ('error' in program) {
      errors.push(`compilation error: ${program.error}`)
      continue
    }
    if (pace.takesTurn()) yield
    const outcome = yield* withAnswers(() => program.evaluate(values, budget))
    pace.add(outcome.cost)
    if ('error' in outcome) {
      if (budget.remaining <= 0) return { matches: false, error: overBudget }
      errors.push(`expression '${expression}' resulted in error: ${outcome.error}`)
    } else if (outcome.value === false) return { matches: false }
  }
  const distinct = [...new Set(errors)]
  if (distinct.length === 0) return { matches: true }
  return {
    matches: false,
    error: distinct.length === 1 ? `${distinct[0]}` : `[${distinct.join(', ')}]`,
  }
}
