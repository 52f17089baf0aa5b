export { readDescriptions } from './descriptions.ts'
export { encodeOpenApiV2 } from './gnostic.ts'
export {
  type Descriptions,
  noDescriptions,
  type OpenApiSchema,
  type ServedResource,
} from './served.ts'
export { openApiV2 } from './v2.ts'
export { openApiV3 } from './v3.ts'
