export {
  type CelCompileError,
  type CelDeclarations,
  type CelOutcome,
  type CompiledCel,
  compileRule,
} from './compile-rule.ts'
export {
  type AuthorizationAnswer,
  type AuthorizationQuestion,
  type AuthorizationResource,
  authorizerValue,
  type CelAuthorizer,
  requestResourceValue,
} from './library/authorizer.ts'
export { type CelBudget, objectBudget, perCallLimit, perObjectLimit } from './run/budget.ts'
export {
  boundedType,
  type CelType,
  celTypes,
  formatCelType,
  listType,
  mapType,
  nullableType,
  opaqueType,
  optionalType,
} from './values/cel-type.ts'
export { celValueOf, jsonOf } from './values/convert.ts'
export { escapeFieldName, objectType } from './values/escape.ts'
export { CelList, CelMessage, type CelValue, optionalValue } from './values/values.ts'
