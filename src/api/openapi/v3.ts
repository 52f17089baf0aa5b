import { definitionsFrom, reference } from './definitions.ts'
import { definitionContext, operationExtensions, shareParameters, typesUsed } from './document.ts'
import type { Operation } from './operation.ts'
import type { Parameter } from './parameters.ts'
import { openApiPathsOf } from './paths.ts'
import type { OpenApiInput, OpenApiSchema, ServedResource } from './served.ts'

export interface OpenApiV3Document {
  readonly openapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, OpenApiSchema>>
  readonly components: {
    readonly schemas: Readonly<Record<string, OpenApiSchema>>
    readonly securitySchemes: OpenApiSchema
  }
}

/**
 * The OpenAPI 3 document of one group version, as `/openapi/v3/apis/GROUP/VERSION` serves it.
 * `input.resources` are all that are served: kinds that other group versions share need them.
 */
export function openApiV3(
  input: OpenApiInput,
  groupVersion: Pick<ServedResource, 'group' | 'version'>,
): OpenApiV3Document {
  const own = input.resources.filter(
    ({ group, version }) => group === groupVersion.group && version === groupVersion.version,
  )
  const paths = openApiPathsOf(own)
  const roots = new Set([...typesUsed(paths), ...own.map((resource) => resource.schemaName)])
  const context = definitionContext(input, 3)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: input.version },
    paths: Object.fromEntries(
      [...paths]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, operations]) => [path, pathItem(operations)]),
    ),
    components: {
      schemas: definitionsFrom(context, roots, input.customSchemas),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  }
}

function pathItem(operations: readonly Operation[]): OpenApiSchema {
  const { shared, operations: own } = shareParameters(operations)
  return {
    ...Object.fromEntries(own.map((one) => [one.method, operationObject(one)])),
    ...(shared.length > 0 && { parameters: shared.map(parameterObject) }),
  }
}

function operationObject(operation: Operation): OpenApiSchema {
  const { tag, description, id, parameters, body, consumes } = operation
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(parameters.length > 0 && { parameters: parameters.map(parameterObject) }),
    ...(body && {
      requestBody: {
        content: contents(consumes, { $ref: reference(3, body.schemaName) }),
        ...(body.isRequired && { required: true }),
      },
    }),
    responses: responses(operation),
    ...operationExtensions(operation),
  }
}

function responses({ answers, produces }: Operation): OpenApiSchema {
  const given = Object.entries(answers).map(([code, name]) => {
    const schema = name === undefined ? { type: 'string' } : { $ref: reference(3, name) }
    return [code, { description: answerTexts[code], content: contents(produces, schema) }]
  })
  return Object.fromEntries([...given, ['401', { description: 'Unauthorized' }]])
}

/** The reason phrases of the codes that operations answer with. */
export const answerTexts: Readonly<Record<string, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
}

function contents(mediaTypes: readonly string[], schema: OpenApiSchema): OpenApiSchema {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]))
}

function parameterObject({ name, in: place, description, type }: Parameter): OpenApiSchema {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' && { required: true }),
    schema: { type, uniqueItems: true },
  }
}
