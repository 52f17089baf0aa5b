export type * from './generated/types/index.ts'
export {
  findKind,
  type GroupVersionKind,
  type KindInfo,
  kinds,
  type SubresourceInfo,
} from './kinds.ts'
export { apiProtobuf } from './protobuf.ts'
export { apiSchema } from './schema.ts'
export { schemaNameOf } from './schema-name.ts'
