import {
  type Descriptions,
  encodeOpenApiV2,
  type OpenApiSchema,
  openApiV2,
  openApiV3,
  type ServedResource,
} from '#api'
import { derivedFromLast } from '#lib'
import { type ApiRequest, type ApiResponse, encodeJson } from '#machinery'
import type { Remote } from '../aggregation/aggregator.ts'
import { mergedSwagger } from '../aggregation/merge.ts'
import type { Definition } from '../served/definition.ts'
import type { Served } from '../served/served.ts'
import { listSchema, withKind } from './custom-schemas.ts'
import { type TaggedDocument, tagged, taggedDocument } from './tagged.ts'

/** What clients ask for has an `@` in it, which no media type may have; the answer says it with a dot. */
const gnostic = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

const json = 'application/json'

export interface OpenApiOptions {
  readonly served: Served
  readonly version: string
  readonly descriptions: Descriptions
  /** The group versions that other servers answer for. */
  readonly remotes: () => readonly Remote[]
}

/** Serves /openapi/v2 and /openapi/v3; documents are made when first asked for after a change. */
export function createOpenApi({ served, remotes, ...texts }: OpenApiOptions) {
  const v3Of = v3Maker(texts)
  const ownDocuments = derivedFromLast((definitions: readonly Definition[]) => ({
    v2: once(() => openApiV2({ ...texts, ...inputOf(definitions, 2, texts.descriptions) })),
    v3: v3Of(definitions),
  }))
  const documentsWith = derivedFromLast((others: readonly Remote[]) =>
    derivedFromLast((own: ReturnType<typeof ownDocuments>) => documentsOf(own, others)),
  )
  const documentsOf = (
    { v2: ownV2, v3 }: ReturnType<typeof ownDocuments>,
    others: readonly Remote[],
  ) => {
    const v2 = once(() => mergedSwagger(ownV2(), others))
    return {
      v2Json: once(() => taggedDocument(json, Buffer.from(encodeJson(v2())))),
      v2Protobuf: once(() => taggedDocument(gnostic, encodedV2(v2(), ownV2))),
      v3,
      v3Paths: once(() => taggedDocument(json, Buffer.from(encodeJson(pathsOf(v3, others))))),
    }
  }

  return (request: ApiRequest): ApiResponse | undefined => {
    const path = request.path.replace(/\/$/, '')
    if (!path.startsWith('/openapi/')) return undefined
    const { v2Json, v2Protobuf, v3, v3Paths } = documentsWith(remotes())(
      ownDocuments(served.definitions),
    )
    if (path === '/openapi/v2') {
      const wantsProtobuf = (request.headers.accept ?? '').includes('proto-openapi')
      return answer(request, wantsProtobuf ? v2Protobuf() : v2Json())
    }
    if (path === '/openapi/v3') return answer(request, v3Paths())
    const document = path.startsWith('/openapi/v3/') && v3.get(path.slice('/openapi/v3/'.length))
    return document ? answer(request, document.made()) : undefined
  }
}

/** What another server says in a form that is not known leaves this server's own document alone. */
function encodedV2(merged: OpenApiV2, own: () => OpenApiV2): Uint8Array {
  try {
    return encodeOpenApiV2(merged)
  } catch {
    return encodeOpenApiV2(own())
  }
}

type OpenApiV2 = Parameters<typeof encodeOpenApiV2>[0]
type Texts = Pick<OpenApiOptions, 'version' | 'descriptions'>

interface V3Document {
  /** What it is made from: the kinds of its group version, and all that are built in. */
  readonly own: readonly Definition[]
  readonly builtIn: readonly Definition[]
  readonly made: () => TaggedDocument
}

/** Documents of group versions that a change did not touch stay as they are. */
function v3Maker(texts: Texts) {
  let last: ReadonlyMap<string, V3Document> = new Map()
  return (definitions: readonly Definition[]): ReadonlyMap<string, V3Document> => {
    const builtIn = definitions.filter(({ resource }) => !resource.isCustom)
    const groups = Map.groupBy(definitions, ({ resource: { group, version } }) =>
      group === '' ? `api/${version}` : `apis/${group}/${version}`,
    )
    const next = [...groups].map(([path, own]) => {
      const before = last.get(path)
      const stays = before && isSame(before.own, own) && isSame(before.builtIn, builtIn)
      const custom = own.filter(({ resource }) => resource.isCustom)
      const make = () => v3Document(texts, [...builtIn, ...custom], own)
      return [path, stays ? before : { own, builtIn, made: once(make) }] as const
    })
    last = new Map(next)
    return last
  }
}

function v3Document(
  texts: Texts,
  known: readonly Definition[],
  own: readonly Definition[],
): TaggedDocument {
  const { group, version } = own[0]!.resource
  const document = openApiV3(
    { ...texts, ...inputOf(known, 3, texts.descriptions) },
    { group, version },
  )
  return taggedDocument(json, Buffer.from(encodeJson(document)))
}

function isSame(some: readonly Definition[], others: readonly Definition[]): boolean {
  return some.length === others.length && some.every((each, at) => each === others[at])
}

function pathsOf(v3: ReadonlyMap<string, V3Document>, remotes: readonly Remote[]) {
  const entries = [...v3].map(([path, { made }]) => {
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${made().hash}` }] as const
  })
  const others = remotes.flatMap(({ group, version, documents }) => {
    const url = documents?.openApiV3
    return url ? [[`apis/${group}/${version}`, { serverRelativeURL: url }] as const] : []
  })
  return { paths: Object.fromEntries([...entries, ...others]) }
}

interface DocumentInput {
  readonly resources: readonly ServedResource[]
  readonly customSchemas: ReadonlyMap<string, OpenApiSchema>
}

function inputOf(
  definitions: readonly Definition[],
  dialect: 2 | 3,
  descriptions: Descriptions,
): DocumentInput {
  const customSchemas = definitions.flatMap(({ resource, openApiSchema }) => {
    if (!openApiSchema) return []
    const { schemaName } = resource
    const schema = [schemaName, withKind(openApiSchema(dialect, descriptions), resource)] as const
    return [schema, [`${schemaName}List`, listSchema(resource, dialect, descriptions)] as const]
  })
  return {
    resources: definitions.map(({ documented }) => documented).filter((each) => each !== undefined),
    customSchemas: new Map(customSchemas),
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function answer(request: ApiRequest, document: TaggedDocument): ApiResponse {
  const { contentType, bytes, hash } = document
  return tagged(request, hash, { kind: 'bytes', contentType, bytes })
}
