import type { CelType } from '#cel'
import { type AdmissionExpressionOptions, compileAdmissionRule } from './compile.ts'
import { compileVariables, type PolicyVariable, withVariables } from './composition.ts'

/** What a policy says that is held to types. */
interface CheckedSpec {
  readonly paramKind?: object
  readonly variables?: readonly PolicyVariable[]
  readonly validations?: readonly {
    readonly expression: string
    readonly messageExpression?: string
  }[]
}

/** A kind that a policy is about, with the type of its objects; any where there is none. */
export interface CheckedKind {
  /** `apps/v1, Kind=Deployment` */
  readonly shown: string
  readonly type: CelType | undefined
}

/** What is wrong with an expression for objects of some kind. */
export interface TypeWarning {
  readonly fieldRef: string
  readonly warning: string
}

/** Holds the expressions of a policy to the types of the kinds that it is about (upstream: `TypeChecker`). */
export function typeWarnings(
  spec: CheckedSpec,
  kinds: readonly CheckedKind[],
  params: CelType | undefined,
): readonly TypeWarning[] {
  const checks = kinds.map((kind) => ({
    shown: kind.shown,
    options: optionsOf(spec, kind, params),
  }))
  const check = (fieldRef: string, expression: string): readonly TypeWarning[] => {
    const wrong = checks.flatMap(({ shown, options }) => {
      const compiled = compileAdmissionRule(expression, options)
      return 'error' in compiled ? [`${shown}: ${issuesOf(compiled.error)}\n`] : []
    })
    return wrong.length > 0 ? [{ fieldRef, warning: wrong.join('\n') }] : []
  }
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, i) => {
    const path = `spec.validations[${i}]`
    return [
      ...check(`${path}.expression`, expression),
      ...(messageExpression ? check(`${path}.messageExpression`, messageExpression) : []),
    ]
  })
}

function optionsOf(
  { paramKind, variables = [] }: CheckedSpec,
  { type }: CheckedKind,
  params: CelType | undefined,
): AdmissionExpressionOptions {
  const options: AdmissionExpressionOptions = {
    hasParams: paramKind !== undefined,
    hasAuthorizer: true,
    variables: {
      ...(type && { object: type, oldObject: type }),
      ...(paramKind && params && { params }),
    },
  }
  return withVariables(options, compileVariables(variables, options).type)
}

const issuesOf = (error: string): string => error.replace(/^compilation failed: /, '')
