import { followsRules, isUnset } from '../check/structural-rules.ts'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { sameValue } from '../validate/correlated.ts'

/** A schema as OpenAPI shows it. */
type OpenApiNode = Readonly<Record<string, unknown>>

/** How the server shows what every object has, in the dialect that is asked for. */
export interface MetaNodes {
  readonly apiVersion: OpenApiNode
  readonly kind: OpenApiNode
  /** With the reference to the metadata's own type. */
  readonly metadata: OpenApiNode
}

/** In which words OpenAPI shows a kind, and what is known of it besides the schema. */
export interface CustomOpenApi {
  readonly dialect: 2 | 3
  readonly meta: MetaNodes
  readonly preserveUnknownFields?: boolean
}

/**
 * How OpenAPI shows the objects of a kind. Version 2 lacks what kubectl would stumble on: it has neither
 * value validations nor nulls nor defaults, and where unknown fields stay it says nothing of the known ones.
 */
export function customOpenApi(
  structural: Structural | undefined,
  { dialect, meta, preserveUnknownFields = false }: CustomOpenApi,
): OpenApiNode {
  const isOpen = structural?.preservesUnknown || preserveUnknownFields
  if (!structural || (dialect === 2 && isOpen) || !followsRules(structural)) {
    return { type: 'object' }
  }
  const node = dialect === 2 ? shownInV2(structural, meta) : shownInV3(structural, meta)
  return { ...node, properties: { ...membersOf(node), ...meta } }
}

function membersOf(node: OpenApiNode): Readonly<Record<string, OpenApiNode>> {
  // Cast: made below, of nodes.
  return (node.properties ?? {}) as Readonly<Record<string, OpenApiNode>>
}

/** What both dialects show as it is given. */
const plainKeywords: readonly (keyof CustomSchemaProps)[] = [
  ...(['description', 'title', 'format', 'maximum', 'exclusiveMaximum', 'minimum'] as const),
  ...(['exclusiveMinimum', 'maxLength', 'minLength', 'pattern', 'maxItems', 'minItems'] as const),
  ...(['uniqueItems', 'multipleOf', 'enum', 'maxProperties', 'minProperties'] as const),
  ...(['externalDocs', 'example', 'x-kubernetes-preserve-unknown-fields'] as const),
  ...(['x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string'] as const),
  ...(['x-kubernetes-list-map-keys', 'x-kubernetes-list-type', 'x-kubernetes-map-type'] as const),
  'x-kubernetes-validations',
]

function plainOf(props: CustomSchemaProps): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const keyword of plainKeywords) {
    const value = props[keyword]
    if (!isUnset(keyword, value)) shown[keyword] = value
  }
  return shown
}

function shownInV3(node: Structural, meta: MetaNodes): OpenApiNode {
  const show = (child: Structural) => shownInV3(child, meta)
  const shown = plainOf(node.props)
  if (node.type !== '') shown.type = node.type
  if (node.isNullable) shown.nullable = true
  if (node.default !== undefined) shown.default = node.default
  if (node.props.required?.length) shown.required = node.props.required
  if (node.items) shown.items = show(node.items)
  if (node.properties.size > 0) shown.properties = mapped(node.properties, show)
  const others = schemaOfOthers(node)
  if (node.additional !== undefined) {
    shown.additionalProperties = others ? show(others) : node.additional
  }
  Object.assign(shown, junctorsOf(node))
  return node.isEmbedded ? asResource(shown, meta) : shown
}

const integerOrString = [{ type: 'integer' }, { type: 'string' }]

/** The value validations. That of an integer or a string is said in words that OpenAPI has. */
function junctorsOf(node: Structural): OpenApiNode {
  const shown: Record<string, unknown> = {}
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (node[name].length > 0) shown[name] = node[name].map(shownNested)
  }
  if (node.not) shown.not = shownNested(node.not)
  const isSaid = [node, node.allOf[0]].some((one) => sameValue(one?.props.anyOf, integerOrString))
  if (!node.isIntOrString || isSaid) return shown
  if (node.anyOf.length === 0) return { ...shown, anyOf: integerOrString }
  return { ...shown, allOf: [{ anyOf: integerOrString }, ...node.allOf.map(shownNested)] }
}

function shownNested(node: Structural): OpenApiNode {
  const shown = plainOf(node.props)
  if (node.type !== '') shown.type = node.type
  if (node.props.required?.length) shown.required = node.props.required
  if (node.items) shown.items = shownNested(node.items)
  if (node.properties.size > 0) shown.properties = mapped(node.properties, shownNested)
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    if (node[name].length > 0) shown[name] = node[name].map(shownNested)
  }
  if (node.not) shown.not = shownNested(node.not)
  return shown
}

function mapped(
  nodes: ReadonlyMap<string, Structural>,
  show: (node: Structural) => OpenApiNode,
): OpenApiNode {
  return Object.fromEntries([...nodes].map(([name, node]) => [name, show(node)]))
}

/** An embedded resource has the members of all objects. */
function asResource(shown: OpenApiNode, meta: MetaNodes): OpenApiNode {
  // Cast: taken from the schema, where it is a list of names.
  const required = (shown.required ?? []) as readonly string[]
  const added = ['kind', 'apiVersion'].filter((name) => !required.includes(name))
  return {
    ...shown,
    properties: { ...membersOf(shown), ...meta },
    required: [...required, ...added],
  }
}

function shownInV2(node: Structural, meta: MetaNodes): OpenApiNode {
  const show = (child: Structural) => shownInV2(child, meta)
  const shown = plainOf(node.props)
  const isOpen = node.isNullable || node.preservesUnknown
  const items = isOpen ? undefined : node.items
  if (node.type !== '' && !isUntypedInV2(node, items)) shown.type = node.type
  if (items) shown.items = show(items)
  if (!isOpen && node.properties.size > 0) shown.properties = mapped(node.properties, show)
  const required = requiredInV2(node, isOpen)
  if (required.length > 0) shown.required = required
  const others = schemaOfOthers(node)
  if (node.additional !== undefined) {
    shown.additionalProperties = others ? show(others) : node.additional
  }
  return node.isEmbedded && !node.preservesUnknown ? asResource(shown, meta) : shown
}

/** A type says too much of what may be null, and of lists and objects of which nothing is said. */
function isUntypedInV2(node: Structural, items: Structural | undefined): boolean {
  if (node.isNullable || (node.type === 'array' && !items)) return true
  return node.type === 'object' && node.preservesUnknown
}

/** What may be null may as well be absent, for a client that does not know of nulls. */
function requiredInV2(node: Structural, isOpen: boolean): readonly string[] {
  const { required = [] } = node.props
  if (schemaOfOthers(node)?.isNullable) return []
  if (isOpen) return required
  return required.filter((name) => !node.properties.get(name)?.isNullable)
}
