import {
  type CelBudget,
  CelError,
  type CelField,
  type CelType,
  type CelValue,
  type CompiledCel,
  celTypes,
  lazyObject,
  listType,
  mapType,
  PendingAnswer,
} from '#cel'
import { atOnce, type Steps } from '#lib'
import { goQuote } from '#machinery'
import { type AdmissionExpressionOptions, compileAdmissionRule } from './compile.ts'

/** An expression ready to be evaluated, or what is wrong with it. */
export type PolicyProgram = CompiledCel | { readonly error: string }

/** A variable of a policy. */
export interface PolicyVariable {
  readonly name: string
  readonly expression: string
}

/** The variables of a policy, each of which may use those before it. */
export interface CompiledVariables {
  /** The type of `variables`. */
  readonly type: CelType & { readonly kind: 'object' }
  readonly programs: ReadonlyMap<string, PolicyProgram>
}

/** Reads the variables of a policy; `onError` is told of those that cannot be read. */
export function compileVariables(
  variables: readonly PolicyVariable[],
  options: AdmissionExpressionOptions,
  onError?: (index: number, error: string) => void,
): CompiledVariables {
  return atOnce(variableSteps(variables, options, { pace: new ExpressionPace(), onError }))
}

/** Reads the variables of a policy, with others' turn between those that are long. */
export function* variableSteps(
  variables: readonly PolicyVariable[],
  options: AdmissionExpressionOptions,
  {
    pace,
    onError,
  }: {
    readonly pace: ExpressionPace
    readonly onError?: ((index: number, error: string) => void) | undefined
  },
): Steps<CompiledVariables> {
  const fields = new Map<string, CelField>()
  const programs = new Map<string, PolicyProgram>()
  for (const [i, { name, expression }] of variables.entries()) {
    if (pace.takesTurn()) yield
    const program = compileAdmissionRule(expression, withVariables(options, typeOf(fields)))
    pace.addReading(expression)
    if ('error' in program) onError?.(i, program.error)
    const type = 'error' in program ? celTypes.dyn : declared(program.checkedType)
    fields.set(name, { name, type })
    programs.set(name, program)
  }
  return { type: typeOf(fields), programs }
}

/** The options of an expression that may use variables. */
export function withVariables(
  options: AdmissionExpressionOptions,
  type: CelType,
): AdmissionExpressionOptions {
  return { ...options, variables: { ...options.variables, variables: type } }
}

const typeOf = (fields: ReadonlyMap<string, CelField>): CompiledVariables['type'] => ({
  kind: 'object',
  name: 'kubernetes.variables',
  fields: new Map(fields),
})

/** What a variable counts as: scalars, lists and maps keep their types, all others are dynamic. */
function declared(type: CelType): CelType {
  switch (type.kind) {
    case 'list':
      return listType(declared(type.element))
    case 'map':
      return mapType(declared(type.key), declared(type.value))
    case 'bool':
    case 'bytes':
    case 'double':
    case 'duration':
    case 'int':
    case 'null':
    case 'string':
    case 'timestamp':
    case 'uint':
      return type
    default:
      return celTypes.dyn
  }
}

/** After so much work others get their turn; some hundredths of a second. */
const turnCost = 100_000

/** Reading a letter of an expression takes as long as this costs. */
const perLetterRead = 5

/** Counts what the expressions about one request have cost, so that others get their turn in between. */
export class ExpressionPace {
  #spent = 0

  add(cost: number): void {
    this.#spent += cost
  }

  /** Counts what it took to read an expression. */
  addReading(source: string): void {
    this.#spent += source.length * perLetterRead
  }

  /** Whether others are to have their turn now; the count begins anew then. */
  takesTurn(): boolean {
    if (this.#spent < turnCost) return false
    this.#spent = 0
    return true
  }
}

/** Reads one expression, after others' turn where much has been read. */
export function* paced(
  source: string,
  pace: ExpressionPace,
  compile: () => PolicyProgram,
): Steps<PolicyProgram> {
  if (pace.takesTurn()) yield
  pace.addReading(source)
  return compile()
}

/** Does some work, again once what it asks for is there. */
export function* withAnswers<T>(work: () => T): Steps<T> {
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof PendingAnswer)) throw error
      yield error.answer
    }
  }
}

/** What an expression has given; `isOverBudget` where nothing more may be evaluated. */
export type PolicyOutcome =
  | { readonly value: CelValue }
  | { readonly error: string; readonly isOverBudget: boolean }

const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run'

/** What bounds the expressions of a policy. */
interface PolicyBounds {
  /** What they may cost together. */
  readonly budget: CelBudget
  readonly pace: ExpressionPace
  /** Values that they do not see. */
  readonly hides?: readonly string[]
}

/**
 * Evaluates expressions of a policy that share the values of variables and a budget (upstream:
 * `evaluationActivation`). A variable is evaluated when it is first used, and then known.
 */
export class PolicyEvaluation {
  readonly #values: Readonly<Record<string, CelValue>>
  readonly #budget: CelBudget
  readonly #pace: ExpressionPace
  /** What variables have cost since the last expression. */
  #variableCost = 0

  constructor(
    values: Readonly<Record<string, CelValue>>,
    variables: CompiledVariables,
    { budget, pace, hides = [] }: PolicyBounds,
  ) {
    this.#budget = budget
    this.#pace = pace
    const makers = [...variables.programs].map(
      ([name, program]) => [name, () => this.#variable(name, program)] as const,
    )
    const shown = Object.keys(values).filter((name) => !hides.includes(name))
    const own = lazyObject(variables.type, Object.fromEntries(makers))
    this.#values = Object.defineProperties(
      { variables: own },
      // What has been made of the others is known to them.
      Object.fromEntries(
        shown.map((name) => [name, { enumerable: true, get: () => values[name] }]),
      ),
    )
  }

  evaluate(expression: string, program: PolicyProgram): Steps<PolicyOutcome> {
    return withAnswers(() => this.#evaluate(expression, program))
  }

  #evaluate(expression: string, program: PolicyProgram): PolicyOutcome {
    if ('error' in program) {
      return { error: `compilation error: ${program.error}`, isOverBudget: false }
    }
    const before = this.#budget.remaining
    this.#variableCost = 0
    const outcome = program.evaluate(this.#values, { remaining: before })
    const cost = outcome.cost + this.#variableCost
    this.#budget.remaining = Math.max(0, before - cost)
    this.#pace.add(cost)
    if (cost > before) return { error: outOfBudget, isOverBudget: true }
    if (!('error' in outcome)) return { value: outcome.value }
    const error = `expression '${expression}' resulted in error: ${outcome.error}`
    return { error, isOverBudget: false }
  }

  #variable(name: string, program: PolicyProgram): CelValue {
    const shown = `composited variable ${goQuote(name)} fails to`
    if ('error' in program) throw new CelError(`${shown} compile: ${program.error}`)
    const remaining = Math.max(0, this.#budget.remaining - this.#variableCost)
    const outcome = program.evaluate(this.#values, { remaining })
    this.#variableCost += outcome.cost
    if ('error' in outcome) throw new CelError(`${shown} evaluate: ${outcome.error}`)
    return outcome.value
  }
}
