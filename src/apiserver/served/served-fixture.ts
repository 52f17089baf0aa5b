import { apiSchema, configMaps } from '#api'
import type { Resource } from '#machinery'
import { ownedTypes } from '#machinery/apply'
import { type SchemaNode, schemaView } from '#machinery/schema'
import { type Definition, documentedAs } from './definition.ts'

const typeName = configMaps.schemaName
const schema: SchemaNode = schemaView(apiSchema)(typeName)
const ownedType = ownedTypes(apiSchema)(typeName)

/** Widgets of example.com: a custom resource with the fields of a ConfigMap. */
export function widgets(version = 'v1', more: Partial<Definition> = {}): Definition {
  const resource: Resource = Object.freeze({
    ...(configMaps as unknown as Resource),
    group: 'example.com',
    version,
    kind: 'Widget',
    plural: 'widgets',
    singular: 'widget',
    listKind: 'WidgetList',
    shortNames: ['wd'],
    schemaName: `com.example.${version}.Widget`,
    isCustom: true,
  })
  return {
    resource,
    schema: () => schema,
    ownedType: () => ownedType,
    documented: documentedAs(resource),
    openApiSchema: () => ({ type: 'object', properties: { data: { type: 'object' } } }),
    groupPriority: 1000,
    ...more,
  }
}

/** The widgets of another version, which are stored as those of `of`. */
export function widgetsViewing(of: Definition, version: string): Definition {
  const other = widgets(version)
  const same = (object: object) => object
  const view = { of: of.resource, toStored: same, fromStored: same }
  return { ...other, resource: Object.freeze({ ...other.resource, view }) }
}
