export type { Cause, Trigger } from './cause.ts'
export { type Encoded, encodedFrom, encodedFromBytes, freezeDeep } from './encoded.ts'
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
} from './exchange.ts'
export type {
  ContainerAddress,
  ExecOptions,
  LogOptions,
  NodeApi,
  NodeConnector,
} from './node-api.ts'
export {
  type KubeObject,
  keyOf,
  type ManagedFieldsEntry,
  type ObjectKey,
  type ObjectMeta,
  type OwnerReference,
  parseKey,
  type Stored,
  type StoredMeta,
} from './object.ts'
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
} from './resource.ts'
