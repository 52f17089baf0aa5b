import { type CelBudget, type CelValue, celTypes, objectBudget } from '#cel'
import type { Steps } from '#lib'
import { type AdmissionExpressionOptions, compileAdmissionRule } from './compile.ts'
import {
  type CompiledVariables,
  ExpressionPace,
  PolicyEvaluation,
  type PolicyProgram,
  type PolicyVariable,
  paced,
  variableSteps,
  withVariables,
} from './composition.ts'
import { type CompiledCondition, conditionSteps, readConditions } from './match-conditions.ts'

/** What a ValidatingAdmissionPolicy says, as far as expressions are concerned. */
interface ValidatingSpec {
  readonly paramKind?: object
  readonly failurePolicy?: string
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[]
  readonly variables?: readonly PolicyVariable[]
  readonly validations?: readonly PolicyValidation[]
  readonly auditAnnotations?: readonly {
    readonly key: string
    readonly valueExpression: string
  }[]
}

interface PolicyValidation {
  readonly expression: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?: string
}

/** A ValidatingAdmissionPolicy, ready to judge requests. */
export interface CompiledValidatingPolicy {
  readonly conditions: readonly CompiledCondition[]
  readonly variables: CompiledVariables
  readonly validations: readonly {
    readonly validation: PolicyValidation
    readonly program: PolicyProgram
    readonly message: PolicyProgram | undefined
  }[]
  readonly annotations: readonly {
    readonly key: string
    readonly expression: string
    readonly program: PolicyProgram
  }[]
  /** Whether errors let a request pass. */
  readonly ignoresErrors: boolean
}

/** A validation that a request did not pass. */
export interface PolicyDenial {
  readonly message: string
  /** Empty where an expression has failed. */
  readonly reason: string
  readonly index: number
}

/** What a policy says of a request. */
export interface PolicyJudgement {
  readonly denials: readonly PolicyDenial[]
  readonly annotations: readonly (
    | { readonly key: string; readonly value: string }
    | { readonly key: string; readonly error: string }
  )[]
}

/** What the expressions of a policy are evaluated with. */
export interface JudgedRequest {
  /** Match conditions do not see the namespace. */
  readonly conditions: Readonly<Record<string, CelValue>>
  readonly values: Readonly<Record<string, CelValue>>
  readonly pace: ExpressionPace
}

/**
 * Reads all expressions of a ValidatingAdmissionPolicy, with others' turn between those that are long; those that
 * cannot be read fail when they are evaluated.
 */
export function* compileValidatingPolicy(spec: ValidatingSpec): Steps<CompiledValidatingPolicy> {
  const pace = new ExpressionPace()
  const hasParams = spec.paramKind !== undefined
  const options: AdmissionExpressionOptions = { hasParams, hasAuthorizer: true }
  const variables = yield* variableSteps(spec.variables ?? [], options, { pace })
  const inner = withVariables(options, variables.type)
  const validations: CompiledValidatingPolicy['validations'][number][] = []
  for (const validation of spec.validations ?? []) {
    const { expression, messageExpression } = validation
    const program = yield* paced(expression, pace, () => compileValidation(expression, inner))
    const message = messageExpression
      ? yield* paced(messageExpression, pace, () => compileMessage(messageExpression, inner))
      : undefined
    validations.push({ validation, program, message })
  }
  const annotations: CompiledValidatingPolicy['annotations'][number][] = []
  for (const { key, valueExpression: expression } of spec.auditAnnotations ?? []) {
    const program = yield* paced(expression, pace, () => compileAnnotation(expression, inner))
    annotations.push({ key, expression, program })
  }
  return {
    conditions: yield* readConditions(spec.matchConditions ?? [], { hasParams, pace }),
    variables,
    validations,
    annotations,
    ignoresErrors: spec.failurePolicy === 'Ignore',
  }
}

/** Reads the expression of a validation. */
export function compileValidation(
  source: string,
  options: AdmissionExpressionOptions,
): PolicyProgram {
  return compileAdmissionRule(source, { ...options, returns: [celTypes.bool] })
}

/** Reads an expression that gives a message. */
export function compileMessage(source: string, options: AdmissionExpressionOptions): PolicyProgram {
  return compileAdmissionRule(source, {
    ...options,
    hasAuthorizer: false,
    returns: [celTypes.string],
  })
}

/** Reads an expression that gives the value of an audit annotation. */
export function compileAnnotation(
  source: string,
  options: AdmissionExpressionOptions,
): PolicyProgram {
  return compileAdmissionRule(source, {
    ...options,
    returns: [celTypes.string, celTypes.null],
  })
}

const failed = (message: string, index: number): PolicyDenial => ({ message, reason: '', index })

/** Judges a request (upstream: `validator.Validate`), with others' turn between expressions that cost much. */
export function* judgeRequest(
  policy: CompiledValidatingPolicy,
  request: JudgedRequest,
): Steps<PolicyJudgement> {
  const onError = (message: string): PolicyJudgement => ({
    denials: policy.ignoresErrors ? [] : [failed(message, 0)],
    annotations: [],
  })
  const matched = yield* conditionSteps(policy.conditions, request.conditions, request.pace)
  if ('error' in matched) return onError(matched.error)
  if (!matched.matches) return { denials: [], annotations: [] }
  const budget = objectBudget()
  const outcomes = yield* outcomesOf(policy, request, budget)
  if ('error' in outcomes) return onError(outcomes.error)
  const messages = yield* messagesOf(policy, request, budget)
  const denials = outcomes.flatMap((outcome, index) => {
    if (outcome === true) return []
    const error = typeof outcome === 'string' ? outcome : messages.error
    if (error === undefined) return [denialOf(policy, index, messages.texts[index])]
    return policy.ignoresErrors ? [] : [failed(error, index)]
  })
  const annotations = yield* annotationsOf(policy, request)
  return 'error' in annotations ? onError(annotations.error) : { denials, annotations }
}

/** Whether each validation holds, or its error; one error where they cost too much together. */
function* outcomesOf(
  { validations, variables }: CompiledValidatingPolicy,
  { values, pace }: JudgedRequest,
  budget: CelBudget,
): Steps<readonly (string | boolean)[] | { readonly error: string }> {
  const evaluation = new PolicyEvaluation(values, variables, { budget, pace })
  const outcomes: (string | boolean)[] = []
  for (const { validation, program } of validations) {
    if (pace.takesTurn()) yield
    const outcome = yield* evaluation.evaluate(validation.expression, program)
    if (!('error' in outcome)) outcomes.push(outcome.value === true)
    else if (outcome.isOverBudget) return { error: outcome.error }
    else outcomes.push(outcome.error)
  }
  return outcomes
}

/** Messages may not ask the authorizer, not even by a variable. */
const authorizers: readonly string[] = ['authorizer', 'authorizer.requestResource']

/** The texts that message expressions give; a failure only where they have used up the budget. */
function* messagesOf(
  { validations, variables }: CompiledValidatingPolicy,
  { values, pace }: JudgedRequest,
  budget: CelBudget,
): Steps<{ readonly texts: readonly (string | undefined)[]; readonly error?: string }> {
  const evaluation = new PolicyEvaluation(values, variables, { budget, pace, hides: authorizers })
  const texts: (string | undefined)[] = []
  for (const { validation, message } of validations) {
    if (!message) {
      texts.push(undefined)
      continue
    }
    if (pace.takesTurn()) yield
    const outcome = yield* evaluation.evaluate(validation.messageExpression ?? '', message)
    if (!('error' in outcome)) texts.push(usable(outcome.value))
    else if (outcome.isOverBudget)
      return { texts, error: `failed messageExpression: ${outcome.error}` }
    else texts.push(undefined)
  }
  return { texts }
}

const longestMessage = 5 * 1024

function usable(value: CelValue): string | undefined {
  const text = typeof value === 'string' ? value.trim() : ''
  const isUsable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= longestMessage
  return isUsable ? text : undefined
}

function denialOf(
  { validations }: CompiledValidatingPolicy,
  index: number,
  expressed: string | undefined,
): PolicyDenial {
  const { expression = '', message = '', reason } = validations[index]?.validation ?? {}
  return {
    message: expressed ?? (message.trim() || `failed expression: ${expression.trim()}`),
    reason: reason ?? 'Invalid',
    index,
  }
}

function* annotationsOf(
  policy: CompiledValidatingPolicy,
  { values, pace }: JudgedRequest,
): Steps<PolicyJudgement['annotations'] | { readonly error: string }> {
  const evaluation = new PolicyEvaluation(values, policy.variables, {
    budget: objectBudget(),
    pace,
  })
  const found: PolicyJudgement['annotations'][number][] = []
  for (const { key, expression, program } of policy.annotations) {
    if (pace.takesTurn()) yield
    const outcome = yield* evaluation.evaluate(expression, program)
    if ('error' in outcome) {
      if (outcome.isOverBudget) return { error: outcome.error }
      if (!policy.ignoresErrors) found.push({ key, error: outcome.error })
      continue
    }
    const value = typeof outcome.value === 'string' ? outcome.value.trim() : ''
    if (value !== '') found.push({ key, value })
  }
  return found
}
