export type { Cause, ChangeTrigger, Trigger } from './meta/cause.ts'
export { causeHeader, decodeCause, encodeCause } from './meta/cause-header.ts'
export { findCondition, hasCondition, setCondition } from './meta/conditions.ts'
export { type Encoded, encodedFrom, encodedFromBytes, freezeDeep } from './meta/encoded.ts'
export type {
  ApiHandler,
  ApiRequest,
  ApiResponse,
  ApiResponseBody,
  ListMeta,
  UserInfo,
  WatchEventType,
  WatchFrame,
} from './meta/exchange.ts'
export { jsonPieces } from './meta/list-pieces.ts'
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
} from './meta/object.ts'
export { controllerOf, controllerReference, ownerReference } from './meta/owner-references.ts'
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
  type TableOptions,
  tableHead,
  tableOf,
  tableRow,
} from './meta/table.ts'
export { deepEqual } from './values/deep-equal.ts'
export { formatDuration, humanDuration, parseDuration } from './values/duration.ts'
export {
  byteLength,
  goList,
  goQuote,
  goValue,
  isPrintable,
  sortedKeys,
} from './values/go-format.ts'
export {
  fnv32a,
  generateName,
  randomSuffix,
  safeEncodeString,
  templateHash,
} from './values/hash.ts'
export { encodeJson, parseJson } from './values/json.ts'
export { withIn } from './values/share.ts'
export { formatMicroTime, formatTime, parseTime } from './values/time.ts'
