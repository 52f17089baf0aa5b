import type { ASTNode } from '@marcbachmann/cel-js'
import {
  type CelType,
  celTypes,
  formatCelType,
  listType,
  mapType,
  optionalType,
} from '../values/cel-type.ts'
import { CelList } from '../values/values.ts'
import type { CheckContext, Scope } from './context.ts'
import type { CelNode } from './node.ts'
import { positionOf } from './positions.ts'
import { isDynamic } from './unify.ts'

type ListTree = Extract<ASTNode, { op: 'list' }>
type MapTree = Extract<ASTNode, { op: 'map' }>

/** Checks a list; with `isMixed` its elements may be of several types. */
export function checkList(
  context: CheckContext,
  { args: trees, start }: ListTree,
  scope: Scope | undefined,
  isMixed = false,
): CelNode {
  const optional = trees.map((tree, i) => context.takeMark(trees[i - 1]?.end ?? start, tree.start))
  const elements = trees.map((tree) => context.check(tree, scope))
  const given = elements.map((node, i) =>
    valueIn(context, node, { isOptional: optional[i], at: trees[i] }),
  )
  const type = listType(isMixed ? celTypes.dyn : commonType(context, given, trees))
  if (optional.includes(true)) return { op: 'list', type, elements, optional }
  const values = elements.flatMap((node) => (node.op === 'constant' ? [node.value] : []))
  if (values.length === elements.length) return { op: 'constant', type, value: new CelList(values) }
  return { op: 'list', type, elements }
}

/** Checks a map. */
export function checkMap(
  context: CheckContext,
  { args: trees, start }: MapTree,
  scope: Scope | undefined,
): CelNode {
  const optional = trees.map(([key], i) =>
    context.takeMark(trees[i - 1]?.[1].end ?? start, key.start),
  )
  const entries = trees.map(
    ([key, value]) => [context.check(key, scope), context.check(value, scope)] as const,
  )
  const keys = entries.map(([node]) => node.type)
  const key = commonType(
    context,
    keys,
    trees.map(([tree]) => tree),
  )
  const values = entries.map(([, node], i) =>
    valueIn(context, node, { isOptional: optional[i], at: trees[i]?.[1] }),
  )
  const value = commonType(
    context,
    values,
    trees.map(([, tree]) => tree),
  )
  const type = mapType(key, value)
  return { op: 'map', type, entries, ...(optional.includes(true) && { optional }) }
}

/** The type of what an element adds: of an optional one what it may hold. */
function valueIn(
  context: CheckContext,
  { type }: CelNode,
  { isOptional = false, at }: { isOptional: boolean | undefined; at: ASTNode | undefined },
): CelType {
  if (!isOptional) return type
  const element = context.bindings.fresh()
  if (context.bindings.assign(optionalType(element), type)) return element
  const found = formatCelType(context.bindings.settle(type))
  const place = at ? positionOf(at) : 0
  return context.failure(place, `expected type 'optional_type(dyn)' but found '${found}'`).type
}

/** The one type of several parts; the parts of another type are errors, as upstream wants them alike. */
function commonType(
  context: CheckContext,
  types: readonly CelType[],
  trees: readonly ASTNode[],
): CelType {
  const { bindings } = context
  const [first, ...rest] = types
  let common = first ?? bindings.fresh()
  for (const [i, type] of rest.entries()) {
    if (isDynamic(bindings.resolve(common))) common = type
    if (bindings.assign(common, type)) continue
    const expected = formatCelType(bindings.settle(common))
    const found = formatCelType(bindings.settle(type))
    const place = trees[i + 1]
    context.failure(
      place ? positionOf(place) : 0,
      `expected type '${expected}' but found '${found}'`,
    )
  }
  return types.some((type) => isDynamic(bindings.resolve(type))) ? celTypes.dyn : common
}
