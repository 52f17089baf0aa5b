import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
} from '#machinery/validation'
import { type AdmissionExpressionOptions, compileMutation } from '#rules'
import type {
  MutatingAdmissionPolicySpec,
  Mutation,
} from '../../../generated/types/admissionregistration-v1.ts'
import { eachItem, ensure, requireKnown } from '../../../shared/checks.ts'
import { validateMutableOperations } from '../shared/match-resources.ts'
import { programErrors, validatePolicy, validateVariables } from '../shared/policy.ts'

/** Errors of a MutatingAdmissionPolicy, on update with what it takes the place of. */
export function validateMutatingPolicy(
  spec: MutatingAdmissionPolicySpec = {},
  old?: MutatingAdmissionPolicySpec,
): FieldErrors {
  const path = fieldPath('spec')
  const variables = validateVariables(spec, { alwaysComposes: true })
  const { mutations = [], reinvocationPolicy, matchConstraints } = spec
  const at = path.child('mutations')
  return [
    ...validatePolicy(spec, old),
    ...validateMutableOperations(matchConstraints, path.child('matchConstraints')),
    ...variables.errors,
    ...ensure(mutations.length > 0, () =>
      requiredField(at, 'mutations must contain at least one item'),
    ),
    ...eachItem(mutations, at, (mutation, each) =>
      validateMutation(mutation, each, variables.options),
    ),
    ...requireKnown(reinvocationPolicy, path.child('reinvocationPolicy'), ['IfNeeded', 'Never']),
  ]
}

const fields = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const

function validateMutation(
  mutation: Mutation,
  path: FieldPath,
  options: AdmissionExpressionOptions,
): FieldErrors {
  const { patchType = '' } = mutation
  if (patchType === '') return [requiredField(path.child('patchType'))]
  if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch') {
    return [notSupportedField(path.child('patchType'), patchType, Object.keys(fields))]
  }
  const own = fields[patchType]
  const other = patchType === 'JSONPatch' ? fields.ApplyConfiguration : fields.JSONPatch
  const given = mutation[own]
  const isPatch = patchType === 'JSONPatch'
  return [
    ...(given
      ? validateExpression(given, path.child(own), (source) =>
          compileMutation(source, isPatch, options),
        )
      : [requiredField(path.child(own), `must be specified when patchType is ${patchType}`)]),
    ...ensure(mutation[other] === undefined, () =>
      invalidField(
        path.child(other),
        `{${other}}`,
        `must not be specified when patchType is ${patchType}`,
      ),
    ),
  ]
}

function validateExpression(
  { expression = '' }: { readonly expression?: string },
  path: FieldPath,
  compile: (source: string) => ReturnType<typeof compileMutation>,
): FieldErrors {
  const at = path.child('expression')
  const source = expression.trim()
  return source === '' ? [requiredField(at)] : programErrors(compile(source), at, source)
}
