export { prune } from './prune.ts'
export { jsonTypeOf } from './scalars.ts'
export type {
  ApiSchema,
  FieldSchema,
  FieldType,
  ScalarForm,
  TypeSchema,
  UnionForm,
} from './schema.ts'
export type { SchemaNode } from './schema-node.ts'
export { schemaView } from './schema-view.ts'
