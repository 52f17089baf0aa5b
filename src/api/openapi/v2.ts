import { definitionsFrom, reference } from './definitions.ts'
import { definitionContext, operationExtensions, shareParameters, typesUsed } from './document.ts'
import type { Operation, Paths } from './operation.ts'
import type { Parameter } from './parameters.ts'
import { openApiPathsOf } from './paths.ts'
import type { OpenApiInput, OpenApiSchema } from './served.ts'
import { answerTexts } from './v3.ts'

export interface OpenApiV2Document {
  readonly swagger: '2.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, OpenApiSchema>>
  readonly definitions: Readonly<Record<string, OpenApiSchema>>
  readonly securityDefinitions: OpenApiSchema
  readonly security: readonly OpenApiSchema[]
}

/** The OpenAPI 2 document of all served resources, as `/openapi/v2` serves it. */
export function openApiV2(input: OpenApiInput): OpenApiV2Document {
  const groups = Map.groupBy(input.resources, ({ group, version }) => `${group}/${version}`)
  const paths: Paths = new Map([...groups.values()].flatMap((own) => [...openApiPathsOf(own)]))
  const roots = new Set([...typesUsed(paths), ...input.resources.map((one) => one.schemaName)])
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: input.version },
    paths: Object.fromEntries(
      [...paths]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, operations]) => [path, pathItem(operations)]),
    ),
    definitions: definitionsFrom(definitionContext(input, 2), roots, input.customSchemas),
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer Token authentication',
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
      },
    },
    security: [{ BearerToken: [] }],
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
  const { tag, description, id, body, consumes, produces } = operation
  const parameters = [
    ...(body ? [bodyParameter(body)] : []),
    ...operation.parameters.map(parameterObject),
  ]
  return {
    description,
    consumes,
    produces,
    schemes: ['https'],
    tags: [tag],
    operationId: id,
    ...(parameters.length > 0 && { parameters }),
    responses: responses(operation),
    ...operationExtensions(operation),
  }
}

function bodyParameter({ schemaName, isRequired }: NonNullable<Operation['body']>): OpenApiSchema {
  return {
    name: 'body',
    in: 'body',
    ...(isRequired && { required: true }),
    schema: { $ref: reference(2, schemaName) },
  }
}

function responses({ answers }: Operation): OpenApiSchema {
  const given = Object.entries(answers).map(([code, name]) => {
    const schema = name === undefined ? { type: 'string' } : { $ref: reference(2, name) }
    return [code, { description: answerTexts[code], schema }]
  })
  return Object.fromEntries([...given, ['401', { description: 'Unauthorized' }]])
}

function parameterObject({ name, in: place, description, type }: Parameter): OpenApiSchema {
  return {
    uniqueItems: true,
    type,
    description,
    name,
    in: place,
    ...(place === 'path' && { required: true }),
  }
}
