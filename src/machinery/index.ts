export {
  type Applied,
  type ApplyOptions,
  type ApplyRefused,
  type ApplyResult,
  applyConfiguration,
} from './apply/apply.ts'
export type { ApplyConflict } from './apply/managers/conflicts.ts'
export { type FieldSet, fieldSet } from './apply/model/field-set.ts'
export { memberPath } from './apply/model/path-element.ts'
export type { OwnedType } from './apply/model/schema.ts'
export { managerName, trackUpdate } from './apply/track-update.ts'
export { ownedTypes } from './apply/typed/schema-view.ts'
export { type DecodedJson, decodeJson, type JsonLimits, jsonLimits } from './codec/json.ts'
export {
  createProtobufCodec,
  type ProtobufCodec,
  type ProtobufCodecOptions,
} from './codec/protobuf/codec.ts'
export {
  createWriter as createProtobufWriter,
  type ProtobufWriter,
  wireType as protobufWireType,
} from './codec/protobuf/wire.ts'
export {
  convertingError,
  type DecodedYaml,
  decodeYaml,
  decodeYamlBody,
  type YamlLimits,
  yamlLimits,
} from './codec/yaml/yaml.ts'
export {
  aggregateMessage,
  duplicateField,
  type FieldError,
  type FieldErrors,
  type FieldErrorType,
  fieldErrorBody,
  fieldErrorMessage,
  forbiddenField,
  internalFieldError,
  invalidField,
  notFoundField,
  notSupportedField,
  requiredField,
  tooFewField,
  tooLongField,
  tooManyField,
  tooShortField,
  typeInvalidField,
} from './fields/field-errors.ts'
export { type FieldPath, fieldPath } from './fields/field-path.ts'
export type { Cause, ChangeTrigger, Trigger } from './meta/cause.ts'
export { causeHeader, decodeCause, encodeCause } from './meta/cause-header.ts'
export {
  type Condition,
  findCondition,
  hasCondition,
  removeCondition,
  setCondition,
} from './meta/conditions.ts'
export { type Encoded, encodedFrom, encodedFromBytes, freezeDeep } from './meta/encoded.ts'
export type {
  ApiHandler,
  ApiRequest,
  ApiRequestBody,
  ApiResponse,
  ApiResponseBody,
  ListMeta,
  UserInfo,
  WatchEventType,
  WatchFrame,
} from './meta/exchange.ts'
export type {
  ContainerAddress,
  ExecOptions,
  LogOptions,
  NodeAnswer,
  NodeApi,
  NodeConnector,
} from './meta/node-api.ts'
export {
  isNewer,
  type KubeObject,
  keyOf,
  type ManagedFieldsEntry,
  type ObjectKey,
  type ObjectMeta,
  type OwnerReference,
  parseKey,
  type Stored,
  type StoredMeta,
} from './meta/object.ts'
export {
  controllerOf,
  controllerReference,
  isControlledBy,
  isOwnedBy,
  ownerReference,
  withOwner,
  withoutOwner,
} from './meta/owner-references.ts'
export {
  type Column,
  groupResourceOf,
  groupVersionOf,
  pathOf,
  type Resource,
  type ResourceRef,
  type Strategy,
  type StrategyContext,
  type Subresource,
  type Verb,
} from './meta/resource.ts'
export { findResource, type NamedResource, noSuchResource } from './meta/resource-names.ts'
export {
  ageOf,
  type IncludeObject,
  type Table,
  type TableColumn,
  type TableOptions,
  type TableRow,
  type TableRowCondition,
  tableOf,
} from './meta/table.ts'
export { applyJsonPatch, type JsonPatchLimits, jsonPatchLimits } from './patch/json-patch.ts'
export { applyMergePatch } from './patch/merge-patch.ts'
export { applyStrategicMergePatch } from './patch/strategic-merge.ts'
export { type IntOrString, isPercent, scaledValue } from './quantity/int-or-string.ts'
export {
  addQuantities,
  compareQuantities,
  formatQuantity,
  milliQuantity,
  parseQuantity,
  type Quantity,
  type QuantityFormat,
  quantityMilliValue,
  quantityNumber,
  quantityOf,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
  zeroQuantity,
} from './quantity/quantity.ts'
export { type Pruned, prune } from './schema/prune.ts'
export { decodeScalar, type ScalarResult } from './schema/scalars.ts'
export type {
  ApiSchema,
  FieldSchema,
  FieldType,
  PatchStrategy,
  ScalarForm,
  TypeSchema,
  UnionForm,
} from './schema/schema.ts'
export {
  type AnySchema,
  anySchema,
  type ListSchema,
  type MapSchema,
  type ObjectSchema,
  type PlainForm,
  type ScalarSchema,
  type SchemaField,
  type SchemaNode,
  type UnionSchema,
} from './schema/schema-node.ts'
export { schemaView } from './schema/schema-view.ts'
export {
  escapeFieldValue,
  exactField,
  type FieldRequirement,
  type FieldSelector,
  fieldSelectorFromMap,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
} from './selectors/field-selector.ts'
export {
  everything,
  exactLabel,
  formatLabelSelector,
  formatSelector,
  isEverything,
  type LabelOperator,
  type LabelSelector,
  type LabelSelectorRequirement,
  type Labels,
  matchesLabels,
  nothing,
  type Requirement,
  type Selector,
  selectorFromMap,
  selectorFromObject,
  selectorOf,
} from './selectors/label-selector.ts'
export { parseLabelSelector } from './selectors/parse-labels.ts'
export { validateLabelSelector } from './selectors/validate-label-selector.ts'
export {
  type ClaimedKind,
  cannotBeHandled,
  strictDecodingError,
  strictFaults,
  unrecognized,
} from './status/decode-errors.ts'
export { type GenericResponse, genericServerResponse } from './status/generic-response.ts'
export {
  errorFromStatus,
  type Failure,
  findStatusError,
  isFailedStatus,
  type Status,
  type StatusCause,
  type StatusDetails,
  StatusError,
  type StatusMetadata,
  type StatusReason,
  successStatus,
  toStatusError,
} from './status/status.ts'
export {
  alreadyExists,
  applyConflict,
  badRequest,
  conflict,
  forbidden,
  generateNameConflict,
  gone,
  internalError,
  invalid,
  type KindName,
  methodNotSupported,
  notAcceptable,
  notFound,
  optimisticLockMessage,
  type ResourceName,
  requestEntityTooLarge,
  resourceExpired,
  serverTimeout,
  serviceUnavailable,
  timeout,
  tooManyRequests,
  unauthorized,
  unsupportedMediaType,
} from './status/status-errors.ts'
export {
  isAlreadyExists,
  isBadRequest,
  isConflict,
  isForbidden,
  isGone,
  isInternalError,
  isInvalid,
  isMethodNotSupported,
  isNotAcceptable,
  isNotFound,
  isRequestEntityTooLarge,
  isResourceExpired,
  isServerTimeout,
  isServiceUnavailable,
  isTimeout,
  isTooManyRequests,
  isUnauthorized,
  isUnsupportedMediaType,
  reasonOf,
  statusCause,
  suggestedDelaySeconds,
} from './status/status-predicates.ts'
export {
  type IpAddress,
  type IpNetwork,
  parseCidr,
  parseIp,
  validateCidr,
  validateIp,
  validateIpv4,
  validateIpv6,
  warningsForCidr,
  warningsForIp,
} from './validation/addresses.ts'
export { validateCondition, validateConditions } from './validation/conditions.ts'
export {
  checkConfigMapKey,
  checkEnvVarName,
  checkGroupId,
  checkHttpHeaderName,
  checkPercent,
  checkPortName,
  checkPortNumber,
  checkRange,
  checkUserId,
  validateDomainPrefixedKey,
  validateDomainPrefixedPath,
  validateFullyQualifiedDomainName,
} from './validation/formats.ts'
export {
  emptyMessage,
  maxLengthMessage,
  patternMessage,
  rangeMessage,
} from './validation/messages.ts'
export {
  maxAnnotationBytes,
  validateAnnotations,
  validateFinalizers,
  validateLabelKey,
  validateLabels,
  validateManagedFields,
  validateOwnerReferences,
} from './validation/meta-parts.ts'
export {
  checkCIdentifier,
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkDns1123SubdomainWithUnderscore,
  checkLabelValue,
  checkQualifiedName,
  checkWildcardDns1123Subdomain,
  maxLabelLength,
  maxSubdomainLength,
} from './validation/names.ts'
export {
  immutableMessage,
  type MetaRules,
  validateImmutable,
  validateMetaOnCreate,
  validateMetaOnUpdate,
  validateNonNegative,
} from './validation/object-meta.ts'
export {
  type CheckObjectName,
  dns1035LabelName,
  labelName,
  pathSegmentName,
  subdomainName,
} from './validation/object-names.ts'
export {
  type DeleteOptions,
  type PatchOptions,
  validateDeleteOptions,
  validateDryRun,
  validateFieldManager,
  validateFieldValidation,
  validatePatchOptions,
  validateWriteOptions,
  type WriteOptions,
} from './validation/options.ts'
export { deepEqual } from './values/deep-equal.ts'
export {
  formatDuration,
  humanDuration,
  parseDuration,
  shortHumanDuration,
} from './values/duration.ts'
export {
  byteLength,
  goJson,
  goList,
  goQuote,
  goStringSlice,
  goUnicode,
  isPrintable,
} from './values/go-format.ts'
export {
  fnv32,
  fnv32a,
  generateName,
  randomSuffix,
  safeEncodeString,
  templateHash,
} from './values/hash.ts'
export { getIn, withEntries, withIn } from './values/share.ts'
export { formatMicroTime, formatTime, parseTime } from './values/time.ts'
