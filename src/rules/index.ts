export { type AdmissionExpressionOptions, compileAdmissionRule } from './admission/compile.ts'
export {
  type CompiledVariables,
  compileVariables,
  Pace,
  type Program,
  withVariables,
} from './admission/composition.ts'
export {
  type CompiledCondition,
  compileConditions,
  compileMatchCondition,
  conditionSteps,
} from './admission/match-conditions.ts'
export {
  type CompiledMutatingPolicy,
  type CompiledMutation,
  compileMutatingPolicy,
  compileMutation,
  evaluateMutation,
  type PatchStep,
} from './admission/mutating-policy.ts'
export { builtInType, customType } from './admission/schema-types.ts'
export { type CheckedKind, type TypeWarning, typeWarnings } from './admission/type-checking.ts'
export {
  type CompiledValidatingPolicy,
  compileAnnotation,
  compileMessage,
  compileValidatingPolicy,
  compileValidation,
  judge,
  type PolicyDenial,
  type PolicyJudgement,
} from './admission/validating-policy.ts'
export { checkRules } from './check-rules.ts'
export { type BrokenRules, type CustomRules, customRules } from './validate-rules.ts'
