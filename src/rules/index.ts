export { checkRules } from './check-rules.ts'
export { type BrokenRules, type CustomRules, customRules } from './validate-rules.ts'
