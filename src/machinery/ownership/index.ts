export {
  type ApplyRequest,
  applyConfiguration,
  trackUpdate,
  type UpdateRequest,
  withManagedFields,
} from './apply.ts'
export type { FieldSet } from './field-set.ts'
export type { Manager } from './managers.ts'
export { type Ownership, ownershipOf } from './schema.ts'
