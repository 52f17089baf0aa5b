import {
  CelError,
  CelList,
  CelMap,
  CelMessage,
  type CelValue,
  jsonOf,
  listType,
  messageType,
  objectBudget,
} from '#cel'
import type { Steps } from '#lib'
import { goQuote } from '#machinery'
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
import { type CompiledCondition, readConditions } from './match-conditions.ts'

/** What a MutatingAdmissionPolicy says, as far as expressions are concerned. */
interface MutatingSpec {
  readonly paramKind?: object
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[]
  readonly variables?: readonly PolicyVariable[]
  readonly mutations?: readonly PolicyMutation[]
}

interface PolicyMutation {
  readonly patchType: string
  readonly applyConfiguration?: { readonly expression?: string }
  readonly jsonPatch?: { readonly expression?: string }
}

/** A MutatingAdmissionPolicy, ready to change objects. */
export interface CompiledMutatingPolicy {
  readonly conditions: readonly CompiledCondition[]
  readonly variables: CompiledVariables
  readonly mutations: readonly CompiledMutation[]
}

/** One mutation of a policy. */
export interface CompiledMutation {
  readonly isPatch: boolean
  readonly expression: string
  readonly program: PolicyProgram
}

/** A step of a JSON patch, as a mutation wrote it. */
export interface PatchStep {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/** What a mutation wants: parts of an object to merge in, steps of a patch, or nothing for what went wrong. */
export type MutationOutcome =
  | { readonly configuration: Readonly<Record<string, unknown>> }
  | { readonly patch: readonly PatchStep[] }
  | { readonly error: string }

/**
 * Reads all expressions of a MutatingAdmissionPolicy, with others' turn between those that are long; those that cannot
 * be read fail when they are evaluated.
 */
export function* compileMutatingPolicy(spec: MutatingSpec): Steps<CompiledMutatingPolicy> {
  const pace = new ExpressionPace()
  const hasParams = spec.paramKind !== undefined
  const options: AdmissionExpressionOptions = { hasParams, hasAuthorizer: true }
  const variables = yield* variableSteps(spec.variables ?? [], options, { pace })
  const inner = withVariables(options, variables.type)
  const mutations: CompiledMutation[] = []
  for (const { patchType, applyConfiguration, jsonPatch } of spec.mutations ?? []) {
    const isPatch = patchType === 'JSONPatch'
    const expression = (isPatch ? jsonPatch : applyConfiguration)?.expression ?? ''
    const compile = () => compileMutation(expression, isPatch, inner)
    mutations.push({ isPatch, expression, program: yield* paced(expression, pace, compile) })
  }
  return {
    conditions: yield* readConditions(spec.matchConditions ?? [], { hasParams, pace }),
    variables,
    mutations,
  }
}

const [applied, step] = ['Object', 'JSONPatch'].map((name) => messageType(name))

/** Reads the expression of a mutation, which gives an object or the steps of a JSON patch. */
export function compileMutation(
  source: string,
  isPatch: boolean,
  options: AdmissionExpressionOptions,
): PolicyProgram {
  const wanted = isPatch ? step && listType(step) : applied
  return compileAdmissionRule(source, {
    ...options,
    hasPatchTypes: true,
    ...(wanted && { returns: [wanted] }),
  })
}

/** Evaluates a mutation with the values of the variables, waiting for what it asks. */
export function* mutationSteps(
  { isPatch, expression, program }: CompiledMutation,
  { variables }: CompiledMutatingPolicy,
  {
    values,
    pace,
  }: { readonly values: Readonly<Record<string, CelValue>>; readonly pace: ExpressionPace },
): Steps<MutationOutcome> {
  if ('error' in program) return { error: program.error }
  const evaluation = new PolicyEvaluation(values, variables, { budget: objectBudget(), pace })
  const outcome = yield* evaluation.evaluate(expression, program)
  if ('error' in outcome) return { error: outcome.error }
  try {
    return isPatch ? { patch: patchOf(outcome.value) } : configurationOf(outcome.value)
  } catch (error) {
    if (error instanceof CelError) return { error: error.message }
    throw error
  }
}

function configurationOf(value: CelValue): MutationOutcome {
  if (!(value instanceof CelMessage)) {
    return { error: 'unsupported return type from ApplyConfiguration expression' }
  }
  checkNames(value)
  // Cast: a message becomes an object.
  return { configuration: jsonOf(value) as Readonly<Record<string, unknown>> }
}

function patchOf(value: CelValue): readonly PatchStep[] {
  const steps = value instanceof CelList ? value.items : []
  return steps.map((each) => {
    if (!(each instanceof CelMessage)) {
      throw new CelError(
        'type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch',
      )
    }
    const text = (name: string): string => String(each.fields.get(name) ?? '')
    const written = each.fields.get('value')
    if (written instanceof CelMessage) checkNames(written)
    const from = text('from')
    return {
      op: text('op'),
      path: text('path'),
      ...(from !== '' && { from }),
      ...(written !== undefined && { value: jsonOf(written) }),
    }
  })
}

/** Holds messages to their names, which say where they stand: `Object.spec` is the field `spec` of `Object`. */
function checkNames(message: CelMessage): void {
  const wrong = [...wrongNames(message, message.typeName)]
  if (wrong.length > 0) throw new CelError(`type mismatch: ${wrong.join('\n')}`)
}

function* wrongNames(value: CelValue, place: string): Iterable<string> {
  if (value instanceof CelMessage) {
    if (value.typeName !== place) {
      yield `unexpected type name ${goQuote(value.typeName)}, expected ${goQuote(place)}, which matches field name path from root Object type`
    }
    for (const [name, field] of value.fields) yield* wrongNames(field, `${place}.${name}`)
  } else if (value instanceof CelList) {
    for (const item of value.items) yield* wrongNames(item, place)
  } else if (value instanceof CelMap) {
    for (const key of value.keys) yield* wrongNames(value.get(key) ?? null, place)
  }
}
