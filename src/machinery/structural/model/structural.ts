import type { SchemaNode } from '../../schema/schema-node.ts'
import { supportedFormat } from './known-formats.ts'
import type { CustomSchemaProps } from './schema-props.ts'
import { itemProps, itemPropsList } from './schema-props.ts'

/**
 * A structural schema is a tree of one node for each node of an openAPIV3Schema, those of its value validations
 * (allOf, anyOf, oneOf, not) among them. It never changes.
 */
export interface Structural {
  readonly props: CustomSchemaProps
  /** Empty where none is given. */
  readonly type: string
  /** The types that a value may have, as validation sees it; none for any. */
  readonly types: readonly string[]
  /** The format, if upstream knows it for this type; otherwise empty. */
  readonly format: string
  /** Undefined where there is none. */
  readonly default: unknown
  readonly isNullable: boolean
  readonly items: Structural | undefined
  readonly properties: ReadonlyMap<string, Structural>
  /** A boolean says no more than that there may, or may not, be others. */
  readonly additional: Structural | boolean | undefined
  readonly allOf: readonly Structural[]
  readonly anyOf: readonly Structural[]
  readonly oneOf: readonly Structural[]
  readonly not: Structural | undefined
  readonly preservesUnknown: boolean
  readonly isEmbedded: boolean
  readonly isIntOrString: boolean
  readonly listType: string | undefined
  readonly listMapKeys: readonly string[]
  readonly mapType: string | undefined
  /** How the metadata of embedded resources is decoded. */
  readonly metadata: SchemaNode
}

/** Why a schema cannot be made a structural one at all, in upstream's words. */
export class NotStructuralError extends Error {
  override readonly name = 'NotStructuralError'
}

/** How a tree is to be made. */
export interface StructuralForm {
  /** How metadata is decoded. */
  readonly metadata: SchemaNode
  /**
   * Set for the tree by which upstream judges defaults: formats that it does not know stay, and integers or
   * strings are of any type.
   */
  readonly forDefaults?: boolean
  /** The nodes that were made already, by what they were made of. */
  readonly made?: WeakMap<CustomSchemaProps, Structural>
}

/**
 * Makes the tree. The rules of structural schemas are another matter: a tree may break them.
 * @throws NotStructuralError for what the tree cannot hold.
 */
export function buildStructural(props: CustomSchemaProps, form: StructuralForm): Structural {
  const known = form.made?.get(props)
  if (known) return known
  const node = buildNode(props, form)
  form.made?.set(props, node)
  return node
}

function buildNode(props: CustomSchemaProps, form: StructuralForm): Structural {
  refuseUnsupported(props)
  const build = (child: CustomSchemaProps): Structural => buildStructural(child, form)
  const junctors = {
    not: props.not && build(props.not),
    allOf: (props.allOf ?? []).map(build),
    anyOf: (props.anyOf ?? []).map(build),
    oneOf: (props.oneOf ?? []).map(build),
  }
  if (props['x-kubernetes-preserve-unknown-fields'] === false) {
    throw new NotStructuralError(
      "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined",
    )
  }
  if (itemPropsList(props).length > 0) {
    throw new NotStructuralError("OpenAPIV3Schema 'items' must be a schema, but is an array")
  }
  const items = itemProps(props)
  const properties = new Map<string, Structural>()
  for (const [name, child] of Object.entries(props.properties ?? {})) {
    properties.set(name, build(child))
  }
  const { additionalProperties: additional } = props
  return Object.freeze({
    ...traitsOf(props, form.forDefaults ?? false),
    ...junctors,
    items: items && build(items),
    properties,
    additional: typeof additional === 'object' ? build(additional) : additional,
    metadata: form.metadata,
  })
}

/** What a node says of itself. */
function traitsOf(props: CustomSchemaProps, forDefaults: boolean) {
  const type = props.type ?? ''
  const isIntOrString = props['x-kubernetes-int-or-string'] ?? false
  const plain = type === '' ? noTypes : [type]
  const types = isIntOrString && !forDefaults ? intOrString : plain
  const { format = '' } = props
  return {
    props,
    type,
    types,
    format: forDefaults ? format : supportedFormat(types, format),
    default: props.default ?? undefined,
    isNullable: props.nullable ?? false,
    preservesUnknown: props['x-kubernetes-preserve-unknown-fields'] ?? false,
    isEmbedded: props['x-kubernetes-embedded-resource'] ?? false,
    isIntOrString,
    listType: props['x-kubernetes-list-type'],
    listMapKeys: props['x-kubernetes-list-map-keys'] ?? [],
    mapType: props['x-kubernetes-map-type'],
  }
}

const intOrString: readonly string[] = Object.freeze(['integer', 'string'])
const noTypes: readonly string[] = Object.freeze([])

function refuseUnsupported(props: CustomSchemaProps): void {
  const has: readonly [string, boolean][] = [
    ['id', (props.id ?? '') !== ''],
    ['schema', (props.$schema ?? '') !== ''],
    ['$ref', (props.$ref ?? '') !== ''],
    ['patternProperties', !isEmpty(props.patternProperties)],
    ['dependencies', !isEmpty(props.dependencies)],
    ['additionalItems', props.additionalItems !== undefined],
    ['definitions', !isEmpty(props.definitions)],
  ]
  const found = has.find(([, isThere]) => isThere)
  if (found) throw new NotStructuralError(`OpenAPIV3Schema '${found[0]}' is not supported`)
}

function isEmpty(map: object | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0
}

/** The node at a place of the value, where the schema says which it is. */
export function childOf(node: Structural | undefined, name: string): Structural | undefined {
  const property = node?.properties.get(name)
  return property ?? schemaOfOthers(node)
}

/** The schema of members that are no properties, if it is one. */
export function schemaOfOthers(node: Structural | undefined): Structural | undefined {
  return typeof node?.additional === 'object' ? node.additional : undefined
}
