/** A node of an openAPIV3Schema, as JSON: what a CustomResourceDefinition says about one value. */
export interface CustomSchemaProps {
  readonly id?: string
  readonly $schema?: string
  readonly $ref?: string
  readonly description?: string
  readonly type?: string
  readonly format?: string
  readonly title?: string
  readonly default?: unknown
  readonly maximum?: number
  readonly exclusiveMaximum?: boolean
  readonly minimum?: number
  readonly exclusiveMinimum?: boolean
  readonly maxLength?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly maxItems?: number
  readonly minItems?: number
  readonly uniqueItems?: boolean
  readonly multipleOf?: number
  readonly enum?: readonly unknown[]
  readonly maxProperties?: number
  readonly minProperties?: number
  readonly required?: readonly string[]
  readonly items?: CustomSchemaProps | readonly CustomSchemaProps[]
  readonly allOf?: readonly CustomSchemaProps[]
  readonly oneOf?: readonly CustomSchemaProps[]
  readonly anyOf?: readonly CustomSchemaProps[]
  readonly not?: CustomSchemaProps
  readonly properties?: Readonly<Record<string, CustomSchemaProps>>
  readonly additionalProperties?: CustomSchemaProps | boolean
  readonly patternProperties?: Readonly<Record<string, CustomSchemaProps>>
  readonly dependencies?: Readonly<Record<string, CustomSchemaProps | readonly string[]>>
  readonly additionalItems?: CustomSchemaProps | boolean
  readonly definitions?: Readonly<Record<string, CustomSchemaProps>>
  readonly externalDocs?: { readonly description?: string; readonly url?: string }
  readonly example?: unknown
  readonly nullable?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-map-type'?: string
  readonly 'x-kubernetes-validations'?: readonly CustomRule[]
}

/** A rule in CEL. */
export interface CustomRule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?: string
  readonly fieldPath?: string
  readonly optionalOldSelf?: boolean
}

/** The schema of all items; a list of schemas, which none may have, counts as none. */
export function itemProps({ items }: CustomSchemaProps): CustomSchemaProps | undefined {
  return isPropsList(items) ? undefined : items
}

/** The schemas of items one by one, which upstream knows in order to refuse them. */
export function itemPropsList({ items }: CustomSchemaProps): readonly CustomSchemaProps[] {
  return isPropsList(items) ? items : []
}

function isPropsList(items: CustomSchemaProps['items']): items is readonly CustomSchemaProps[] {
  return Array.isArray(items)
}

/** The schema of what has no property of its own, where one is given. */
export function additionalProps({
  additionalProperties: given,
}: CustomSchemaProps): CustomSchemaProps | undefined {
  return typeof given === 'object' ? given : undefined
}

/** Whether a node of the tree, from this one on, has what is asked for. */
export function someProps(
  props: CustomSchemaProps,
  has: (props: CustomSchemaProps) => boolean,
): boolean {
  return has(props) || childProps(props).some((child) => someProps(child, has))
}

/** All nodes right below one. */
function childProps(props: CustomSchemaProps): readonly CustomSchemaProps[] {
  const { items, not, additionalItems } = props
  const inDependencies = Object.values(props.dependencies ?? {})
  return [
    ...(isPropsList(items) ? items : items ? [items] : []),
    ...(props.allOf ?? []),
    ...(props.anyOf ?? []),
    ...(props.oneOf ?? []),
    ...(not ? [not] : []),
    ...Object.values(props.properties ?? {}),
    ...[additionalProps(props) ?? []].flat(),
    ...Object.values(props.patternProperties ?? {}),
    ...(typeof additionalItems === 'object' ? [additionalItems] : []),
    ...Object.values(props.definitions ?? {}),
    ...inDependencies.filter((value): value is CustomSchemaProps => !Array.isArray(value)),
  ]
}

/** Whether any node has rules in CEL. */
export function hasRules(props: CustomSchemaProps): boolean {
  return someProps(props, (node) => (node['x-kubernetes-validations'] ?? []).length > 0)
}
