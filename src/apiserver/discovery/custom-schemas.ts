import { configMaps, type Descriptions, type OpenApiSchema } from '#api'
import type { Resource } from '#machinery'
import type { MetaNodes } from '#machinery/structural'

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const places = { 2: '#/definitions/', 3: '#/components/schemas/' } as const

/** A schema that says the kind of which it is, by which clients find it. */
export function withKind(
  schema: OpenApiSchema,
  { group, version, kind }: Pick<Resource, 'group' | 'version' | 'kind'>,
): OpenApiSchema {
  return { ...schema, 'x-kubernetes-group-version-kind': [{ group, kind, version }] }
}

/** How OpenAPI shows what every custom resource has besides what its own schema says. */
export function objectMetaNodes(dialect: 2 | 3, descriptions: Descriptions): MetaNodes {
  const text = (name: string) => descriptions.field(described.object, name)
  const ref = { $ref: `${places[dialect]}${meta}.ObjectMeta` }
  const description =
    text('metadata') ?? `The metadata that every object has. More info: ${conventions}#metadata`
  return {
    apiVersion: { description: text('apiVersion') ?? objectTypeText.apiVersion, type: 'string' },
    kind: { description: text('kind') ?? typeMetaText.kind, type: 'string' },
    metadata: { description, ...(dialect === 2 ? ref : { allOf: [ref] }) },
  }
}

/** The schema of lists of a kind, in upstream's words for custom resources. */
export function listSchema(
  resource: Resource,
  dialect: 2 | 3,
  descriptions: Descriptions,
): OpenApiSchema {
  const text = (name: string) => descriptions.field(described.list, name)
  const { listKind, plural, schemaName } = resource
  const ref = (name: string) => ({ $ref: `${places[dialect]}${name}` })
  const metadata = ref(`${meta}.ListMeta`)
  const schema = {
    description: `${listKind} is a list of ${resource.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { description: text('apiVersion') ?? typeMetaText.apiVersion, type: 'string' },
      items: {
        description: `List of ${plural}. More info: ${conventions}`,
        type: 'array',
        items: ref(schemaName),
      },
      kind: { description: text('kind') ?? typeMetaText.kind, type: 'string' },
      metadata:
        dialect === 2
          ? { description: text('metadata') ?? listMetaText, ...metadata }
          : { description: text('metadata') ?? listMetaText, allOf: [metadata] },
    },
  }
  return withKind(schema, { ...resource, kind: listKind })
}

/** Types of which the texts are those of every kind. */
const described = { object: configMaps.schemaName, list: `${configMaps.schemaName}List` } as const

const conventions =
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md'

const listMetaText = `The version of the list. More info: ${conventions}#metadata`

const objectTypeText = {
  apiVersion: `The versioned schema that the object is in. More info: ${conventions}#resources`,
}

const typeMetaText = {
  apiVersion: `The versioned schema that the list is in. More info: ${conventions}#resources`,
  kind: `The REST resource that the list stands for. More info: ${conventions}#types-kinds`,
}
