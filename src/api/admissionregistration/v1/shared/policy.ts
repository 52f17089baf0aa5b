import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import {
  type AdmissionExpressionOptions,
  compileVariables,
  type PolicyProgram,
  withVariables,
} from '#rules'
import type {
  MatchCondition,
  MatchResources,
  ParamKind,
  Variable,
} from '../../../generated/types/admissionregistration-v1.ts'
import { changeMember, fillAbsent } from '../../../shared/change.ts'
import { eachItem, ensure, requireOneOf } from '../../../shared/checks.ts'
import { validateMatchConditions } from './match-conditions.ts'
import { keepsConditions, validateMatchConstraints, withMatchDefaults } from './match-resources.ts'
import { validateParamKind } from './params.ts'

/** What the specs of both kinds of policies have alike. */
export interface PolicySpec {
  readonly paramKind?: ParamKind
  readonly matchConstraints?: MatchResources
  readonly matchConditions?: readonly MatchCondition[]
  readonly variables?: readonly Variable[]
  readonly failurePolicy?: string
}

/** The spec of a policy with the defaults of both kinds. */
export function withPolicyDefaults<S extends PolicySpec>(spec: S): S {
  // Cast: a policy of either kind has these fields.
  const filled = fillAbsent<PolicySpec>(spec, { failurePolicy: 'Fail' }) as S
  return changeMember<PolicySpec, 'matchConstraints'>(
    filled,
    'matchConstraints',
    withMatchDefaults,
  ) as S // Cast: as before.
}

/** Errors of what both kinds of policies have alike, but for their variables. */
export function validatePolicy(spec: PolicySpec, old: PolicySpec | undefined): FieldErrors {
  const path = fieldPath('spec')
  const { failurePolicy, paramKind, matchConstraints, matchConditions = [] } = spec
  const conditions = path.child('matchConditions')
  return [
    ...requireOneOf(failurePolicy, path.child('failurePolicy'), ['Fail', 'Ignore']),
    ...validateParamKind(paramKind),
    ...validateMatchConstraints(matchConstraints),
    ...(old && keepsConditions(spec, old)
      ? []
      : validateMatchConditions(matchConditions, conditions, {
          hasParams: paramKind !== undefined,
        })),
  ]
}

/** Errors of the variables of a policy, and with what its other expressions are compiled. */
export function validateVariables(
  { variables = [], paramKind }: PolicySpec,
  { alwaysComposes }: { readonly alwaysComposes: boolean },
): { readonly errors: FieldErrors; readonly options: AdmissionExpressionOptions } {
  const options = { hasParams: paramKind !== undefined, hasAuthorizer: true }
  const usable = variables.filter(({ expression = '' }) => expression.trim() !== '')
  const problems = new Map<Variable, string>()
  const { type } = compileVariables(usable, options, (i, error) => {
    const wrong = usable[i]
    if (wrong) problems.set(wrong, error)
  })
  const errors = eachItem(variables, fieldPath('spec').child('variables'), (variable, path) =>
    validateVariable(variable, path, problems.get(variable)),
  )
  const composes = alwaysComposes || variables.length > 0
  return { errors, options: composes ? withVariables(options, type) : options }
}

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

function validateVariable(
  { name = '', expression = '' }: Variable,
  path: FieldPath,
  problem: string | undefined,
): FieldErrors {
  const isIdentifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !reserved.has(name)
  const at = path.child('expression')
  return [
    ...(name.trim() === ''
      ? [requiredField(path.child('name'), 'name is not specified')]
      : ensure(isIdentifier, () =>
          invalidField(path.child('name'), name, 'must be a valid CEL identifier'),
        )),
    ...(expression.trim() === ''
      ? [requiredField(at, 'expression is not specified')]
      : problem === undefined
        ? []
        : [invalidField(at, expression, problem)]),
  ]
}

/** The error of an expression that cannot be compiled; `shown` is what the message shows of it. */
export function programErrors(program: PolicyProgram, path: FieldPath, shown: string): FieldErrors {
  return 'error' in program ? [invalidField(path, shown, program.error)] : []
}
