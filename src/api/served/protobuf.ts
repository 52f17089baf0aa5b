import { createProtobufCodec, type ProtobufCodec } from '#machinery/codec'
import { apiSchema } from './schema.ts'
import { schemaNameOf } from './schema-name.ts'

/** `application/vnd.kubernetes.protobuf` for every built-in kind; custom resources have none. */
export const apiProtobuf: ProtobufCodec = createProtobufCodec({
  schema: apiSchema,
  typeOf: schemaNameOf,
})
