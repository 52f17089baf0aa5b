/** Server-side apply and the tracking of who owns which field. */
export {
  type Applied,
  type ApplyOptions,
  type ApplyRefused,
  type ApplyResult,
  applyConfiguration,
} from './apply.ts'
export { type Comparison, compare, isSame } from './compare.ts'
export type { ApplyConflict } from './conflicts.ts'
export {
  difference,
  differenceWithin,
  emptySet,
  equalSets,
  type FieldNode,
  type FieldSet,
  fieldSet,
  hasPath,
  intersection,
  isEmptySet,
  leaves,
  pathsOf,
  union,
  withNamedFields,
} from './field-set.ts'
export { decodeFields, encodeFields, type FieldsV1 } from './fields-v1.ts'
export { merge } from './merge.ts'
export { memberPath, type OwnedPath, type PathElement, pathText } from './path-element.ts'
export { extractItems, removeItems } from './remove.ts'
export { atomicType, deducedType, emptyValue, type OwnedType } from './schema.ts'
export { documentTypes, type MergeDocument } from './schema-document.ts'
export { ownedTypes } from './schema-view.ts'
export { toFieldSet } from './to-field-set.ts'
export { managerName, trackUpdate, type UpdateOptions } from './track-update.ts'
export { faultsMessage, type TypeFault, typeFaults } from './validate.ts'
