export type { AdmissionExpressionOptions } from './admission/compile.ts'
export {
  type CompiledVariables,
  compileVariables,
  ExpressionPace,
  type PolicyProgram,
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
  mutationSteps,
  type PatchStep,
} from './admission/mutating-policy.ts'
export { type CheckedKind, type TypeWarning, typeWarnings } from './admission/type-checking.ts'
export {
  type CompiledValidatingPolicy,
  compileAnnotation,
  compileMessage,
  compileValidatingPolicy,
  compileValidation,
  judgeRequest,
  type PolicyDenial,
  type PolicyJudgement,
} from './admission/validating-policy.ts'
export { checkRules } from './check-rules.ts'
export {
  compileDeviceSelector,
  type DeviceSelection,
  type SelectableDevice,
} from './devices/selector.ts'
export { builtInType, customType } from './schema-types.ts'
export { type BrokenRules, type CustomRules, customRules } from './validate-rules.ts'
