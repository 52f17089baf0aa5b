export { type DescriptionTexts, descriptionsOf, readDescriptions } from './descriptions.ts'
export { encodeOpenApiV2 } from './gnostic.ts'
export {
  type Descriptions,
  noDescriptions,
  type OpenApiInput,
  type OpenApiSchema,
  type ServedResource,
} from './served.ts'
export { type OpenApiV2Document, openApiV2 } from './v2.ts'
export { type OpenApiV3Document, openApiV3 } from './v3.ts'
