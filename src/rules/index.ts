export { type AdmissionExpressionOptions, compileAdmissionRule } from './admission/compile.ts'
export {
  type CompiledVariables,
  compileVariables,
  type Program,
  withVariables,
} from './admission/composition.ts'
export {
  type CompiledCondition,
  compileConditions,
  compileMatchCondition,
  evaluateConditions,
} from './admission/match-conditions.ts'
export {
  type CompiledMutatingPolicy,
  compileMutatingPolicy,
  compileMutation,
  evaluateMutation,
  type PatchStep,
} from './admission/mutating-policy.ts'
export {
  type CompiledValidatingPolicy,
  compileAnnotation,
  compileMessage,
  compileValidatingPolicy,
  compileValidation,
  judge,
  type PolicyJudgement,
} from './admission/validating-policy.ts'
export { checkRules } from './check-rules.ts'
export { type BrokenRules, type CustomRules, customRules } from './validate-rules.ts'
