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
export { quantityOperand } from './library/quantities.ts'
export { semverOperand } from './library/semvers.ts'
export { type CelBudget, objectBudget, perCallLimit, perObjectLimit } from './run/budget.ts'
export { CelError, PendingAnswer } from './values/cel-error.ts'
export {
  boundedType,
  type CelField,
  type CelType,
  celTypes,
  declaredTypeName,
  formatCelType,
  listType,
  mapType,
  messageType,
  nullableType,
  opaqueType,
  optionalType,
} from './values/cel-type.ts'
export { celValueOf, jsonOf } from './values/convert.ts'
export { escapeFieldName, objectType, plainObjectType } from './values/escape.ts'
export { jsonMapValue } from './values/json-map.ts'
export {
  CelDefaultMap,
  CelList,
  CelMap,
  CelMessage,
  type CelValue,
  lazyObject,
  optionalValue,
  typeNameOf as celTypeName,
} from './values/values.ts'
