export {
  aggregateMessage,
  duplicateField,
  type FieldError,
  type FieldErrors,
  fieldErrorMessage,
  forbiddenField,
  invalidField,
  notFoundField,
  notSupportedField,
  requiredField,
  tooLongField,
  tooManyField,
} from '../fields/field-errors.ts'
export { type FieldPath, fieldPath } from '../fields/field-path.ts'
export {
  addressNumber,
  addressText,
  cidrWarnings,
  type IpNetwork,
  parseCidr,
  parseIp,
  validateCidr,
  validateIp,
} from './addresses.ts'
export {
  checkConfigMapKey,
  checkEnvVarName,
  checkGroupId,
  checkHttpHeaderName,
  checkPercent,
  checkPortName,
  checkPortNumber,
  checkUserId,
  validateDomainPrefixedPath,
  validateFullyQualifiedDomainName,
} from './formats.ts'
export { patternMessage, rangeMessage } from './messages.ts'
export { validateAnnotations, validateLabelKey, validateLabels } from './meta-parts.ts'
export {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkDns1123SubdomainWithUnderscore,
  checkLabelValue,
  checkQualifiedName,
  checkWildcardDns1123Subdomain,
} from './names.ts'
export {
  validateImmutable,
  validateMetaOnCreate,
  validateMetaOnUpdate,
  validateNonNegative,
} from './object-meta.ts'
export { type CheckObjectName, labelName, pathSegmentName, subdomainName } from './object-names.ts'
export {
  type DeleteOptionsFields,
  validateDeleteOptions,
  validatePatchOptions,
  validateWriteOptions,
  type WriteOptionsFields,
} from './options.ts'
export { isGlobalUnicast, validateEndpointIp } from './special-addresses.ts'
