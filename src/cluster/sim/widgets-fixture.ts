/** A kind that no program was built with, as a custom resource would define it. */
import { apiSchema } from '#api'
import type { Definition } from '#apiserver'
import {
  type Column,
  groupVersionOf,
  type KubeObject,
  type Resource,
  type Stored,
} from '#machinery'
import { type OwnedType, ownedTypes } from '#machinery/apply'
import { type SchemaNode, schemaView } from '#machinery/schema'
import { subdomainName, validateMetaOnCreate, validateMetaOnUpdate } from '#machinery/validation'

export interface Widget extends KubeObject {
  readonly spec?: {
    readonly size?: number
    readonly parts?: readonly { readonly name: string; readonly color?: string }[]
  }
  readonly status?: { readonly ready?: boolean }
}

const metaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const metadataSchema = schemaView(apiSchema)(metaType)
const ownedMetadata = ownedTypes(apiSchema)(metaType)

function struct(fields: Readonly<Record<string, SchemaNode>>): SchemaNode {
  const field = (name: string) =>
    Object.hasOwn(fields, name) ? { schema: fields[name]! } : undefined
  return { kind: 'object', name: 'v1.Widget', field }
}

function ownedStruct(fields: Readonly<Record<string, OwnedType>>): OwnedType {
  const field = (name: string) =>
    Object.hasOwn(fields, name)
      ? { type: () => fields[name]!, default: undefined, isRequired: false }
      : undefined
  return {
    map: { isAtomic: false, field, fieldNames: Object.keys(fields), element: () => undefined },
  }
}

const string: SchemaNode = { kind: 'scalar', form: 'string' }
const ownedString: OwnedType = { scalar: 'string' }
const part = ownedStruct({ name: ownedString, color: ownedString })

const schema = struct({
  apiVersion: string,
  kind: string,
  metadata: metadataSchema,
  spec: struct({
    size: { kind: 'scalar', form: 'int32' },
    parts: { kind: 'list', items: struct({ name: string, color: string }) },
  }),
  status: { kind: 'any' },
})

const ownedType = ownedStruct({
  apiVersion: ownedString,
  kind: ownedString,
  metadata: ownedMetadata,
  spec: ownedStruct({
    size: { scalar: 'numeric' },
    parts: {
      list: {
        isAtomic: false,
        element: () => part,
        keys: () => [{ name: 'name', default: undefined }],
      },
    },
  }),
  status: ownedStruct({ ready: { scalar: 'boolean' } }),
})

const names = { namespaced: true, checkName: subdomainName }
const columns: readonly Column<Widget>[] = [
  { name: 'Name', type: 'string', format: 'name', value: ({ metadata }) => metadata.name },
  { name: 'Size', type: 'integer', value: ({ spec }) => spec?.size ?? 0 },
]

export const widgetKind: Resource<Widget> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  listKind: 'WidgetList',
  shortNames: ['wd'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  schemaName: 'com.example.v1.Widget',
  isCustom: true,
  columns,
  strategy: {
    tracksGeneration: true,
    validate: (object: Widget) => validateMetaOnCreate(object, names),
    validateUpdate: (object: Widget, old: Stored<Widget>) => validateMetaOnUpdate(object, old),
  },
}

const openApi = {
  description: 'Widget is what factories make.',
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: {
      description: 'What is wanted.',
      type: 'object',
      properties: {
        size: { description: 'How large it is.', type: 'integer', format: 'int32' },
        parts: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, color: { type: 'string' } },
          },
        },
      },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
}

export const widgetsDefinition: Definition = {
  resource: widgetKind as unknown as Resource,
  schema: () => schema,
  ownedType: () => ownedType,
  documented: {
    ...{ group: widgetKind.group, version: widgetKind.version, kind: widgetKind.kind },
    ...{ plural: widgetKind.plural, listKind: widgetKind.listKind, verbs: widgetKind.verbs },
    ...{ schemaName: widgetKind.schemaName, namespaced: true, isCustom: true },
  },
  openApiSchema: () => openApi,
  groupPriority: 1000,
}

/** A widget in the namespace `default` unless told. */
export function widget(
  name: string,
  more: Partial<Widget> = {},
): Widget & { metadata: { name: string; namespace: string } } {
  return {
    apiVersion: groupVersionOf(widgetKind),
    kind: widgetKind.kind,
    ...more,
    metadata: { name, namespace: 'default', ...more.metadata },
  }
}
