import { type SchemaNode, schemaView } from '#machinery/schema'
import { apiSchema } from '../served/schema.ts'

/** How the metadata of every object is decoded. */
export const metaSchema: SchemaNode = schemaView(apiSchema)(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
)
