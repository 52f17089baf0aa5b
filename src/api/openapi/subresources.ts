import type { FieldSchema } from '#machinery/schema'
import type { SubresourceInfo } from '../served/kinds.ts'
import { apiSchema } from '../served/schema.ts'
import { schemaNameOf } from '../served/schema-name.ts'
import {
  add,
  anyType,
  article,
  base,
  capital,
  collectionPath,
  idOf,
  type Method,
  type Operation,
  objectTypes,
  type Paths,
  scopeParameters,
} from './operation.ts'
import {
  actionParameters,
  nameParameter,
  type Parameter,
  pathParameter,
  pretty,
} from './parameters.ts'
import { partOperations } from './part-operations.ts'
import type { ServedResource } from './served.ts'

/** The paths of one subresource: a part of the object, an action on it, or a connection. */
export function addSubresource(
  paths: Paths,
  resource: ServedResource,
  name: string,
  subresource: SubresourceInfo,
): void {
  const path = `${collectionPath(resource)}/{name}/${name}`
  const { group, version, kind } = subresource
  const schemaName = bodySchemaName(resource, subresource)
  const scope = [nameParameter(kind), ...scopeParameters(resource)]
  const suffix = capital(name)
  if (kind.endsWith('Options')) {
    addConnections(paths, path, resource, { name, subresource, schemaName, scope })
    return
  }
  if (name === 'log') {
    add(paths, path, [logOperation(resource, scope)])
    return
  }
  const part = {
    verbs: subresource.verbs,
    schemaName,
    scope: [...scope, pretty],
    suffix,
    kind: { group, version, kind },
  }
  add(paths, path, [
    ...partOperations(resource, part),
    subresource.verbs.includes('create') && {
      ...base(resource),
      kind: part.kind,
      method: 'post',
      action: 'post',
      id: idOf('create', resource, suffix),
      description: `create ${name} of ${article(resource.kind)} ${resource.kind}`,
      parameters: [...actionParameters.post, ...part.scope],
      body: { schemaName, isRequired: true },
      answers: { 200: schemaName, 201: schemaName, 202: schemaName },
    },
  ])
}

function bodySchemaName(resource: ServedResource, subresource: SubresourceInfo): string {
  const { group, version, kind } = subresource
  if (kind === resource.kind && group === resource.group) return resource.schemaName
  const apiVersion = group === '' ? version : `${group}/${version}`
  const name = schemaNameOf({ apiVersion, kind })
  if (name === undefined) throw new Error(`no type for ${apiVersion}, Kind=${kind}`)
  return name
}

function logOperation(resource: ServedResource, scope: readonly Parameter[]): Operation {
  return {
    ...base(resource),
    method: 'get',
    action: 'get',
    id: idOf('read', resource, 'Log'),
    description: `read log of the specified ${resource.kind}`,
    parameters: [...optionParameters('io.k8s.api.core.v1.PodLogOptions'), ...scope, pretty],
    produces: ['text/plain', ...objectTypes],
    answers: { 200: undefined },
  }
}

interface Connection {
  readonly name: string
  readonly subresource: SubresourceInfo
  /** The type whose fields are the query parameters. */
  readonly schemaName: string
  readonly scope: readonly Parameter[]
}

const connectMethods: Readonly<Record<string, readonly Method[]>> = {
  proxy: ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'],
}

function addConnections(
  paths: Paths,
  path: string,
  resource: ServedResource,
  connection: Connection,
): void {
  const { name, subresource, schemaName, scope } = connection
  const { group, version, kind } = subresource
  const methods = connectMethods[name] ?? ['get', 'post']
  const operations = (suffix: string, own: readonly Parameter[]) =>
    methods.map(
      (method): Operation => ({
        ...base(resource),
        kind: { group, version, kind },
        method,
        action: 'connect',
        id: idOf('connect', resource, `${capital(name)}${suffix}`, capital(method)),
        description: `connect ${method.toUpperCase()} requests to ${name} of ${resource.kind}`,
        parameters: [...optionParameters(schemaName), ...own],
        produces: anyType,
        answers: { 200: undefined },
      }),
    )
  add(paths, path, operations('', scope))
  if (name !== 'proxy') return
  add(paths, `${path}/{path}`, operations('WithPath', [...scope, pathParameter]))
}

/** The fields of an options kind as query parameters. */
function optionParameters(schemaName: string): readonly Parameter[] {
  return (apiSchema.type(schemaName)?.fields ?? []).map((field) => ({
    name: field.name,
    in: 'query',
    type: parameterType(field),
    description: `The field ${field.name} of ${schemaName.slice(schemaName.lastIndexOf('.') + 1)}.`,
  }))
}

function parameterType({ type }: FieldSchema): Parameter['type'] {
  if (type.kind !== 'scalar') return 'string'
  if (type.scalar === 'bool') return 'boolean'
  return type.scalar === 'int32' || type.scalar === 'int64' ? 'integer' : 'string'
}
