import type { CelType } from '#cel'
import type { Structural } from '#machinery/structural'
import { type CompiledCustomRule, compileCustomRule } from './compiled-rule.ts'
import { declaredType } from './declared-type.ts'

/** The rules at a node of a schema and at what is below it; nodes without any are left out. */
export interface RuleNode {
  readonly node: Structural
  readonly type: CelType
  readonly rules: readonly CompiledCustomRule[]
  readonly items: RuleNode | undefined
  readonly properties: ReadonlyMap<string, RuleNode>
  readonly others: RuleNode | undefined
  /** The same place of the object, as an `allOf` of the schema sees it. */
  readonly allOf: readonly RuleNode[]
}

/** Compiles the rules of a schema; undefined where it has none that can be seen. */
export function ruleTree(structural: Structural): RuleNode | undefined {
  return treeAt(structural, structural, { isRoot: true, name: 'selfType' })
}

/** Compiles the rules at a node inside of a schema, and below it. */
export function ruleTreeAt(node: Structural): RuleNode | undefined {
  return treeAt(node, node, { isRoot: node.isEmbedded, name: 'selfType' })
}

interface Place {
  readonly isRoot: boolean
  readonly name: string
}

/** `validations` has the rules, `node` the types: they differ below an `allOf`. */
function treeAt(validations: Structural, node: Structural, place: Place): RuleNode | undefined {
  const type = declaredType(node, place.isRoot, place.name)
  if (!type) return undefined
  const given = validations.props['x-kubernetes-validations'] ?? []
  const rules = given.map((rule) => compileCustomRule(rule, node, type))
  const items = below(validations.items, node.items, `${place.name}.@idx`)
  const others = below(
    schemaOf(validations.additional),
    schemaOf(node.additional),
    `${place.name}.@elem`,
  )
  const properties = new Map<string, RuleNode>()
  for (const [name, child] of validations.properties) {
    const tree = below(child, node.properties.get(name), `${place.name}.${name}`)
    if (tree) properties.set(name, tree)
  }
  const allOf = validations.allOf.flatMap((nested) => treeAt(nested, node, place) ?? [])
  const isEmpty = rules.length + properties.size + allOf.length === 0 && !items && !others
  return isEmpty ? undefined : { node, type, rules, items, properties, others, allOf }
}

function below(
  validations: Structural | undefined,
  node: Structural | undefined,
  name: string,
): RuleNode | undefined {
  return validations && node && treeAt(validations, node, { isRoot: node.isEmbedded, name })
}

const schemaOf = (additional: Structural['additional']): Structural | undefined =>
  typeof additional === 'object' ? additional : undefined
