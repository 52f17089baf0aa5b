export { compileAdmissionRule } from './admission/compile.ts'
export {
  type CompiledCondition,
  compileConditions,
  compileMatchCondition,
  evaluateConditions,
} from './admission/match-conditions.ts'
export { checkRules } from './check-rules.ts'
export { type BrokenRules, type CustomRules, customRules } from './validate-rules.ts'
