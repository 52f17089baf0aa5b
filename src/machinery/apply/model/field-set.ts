import { fieldName, type OwnedPath, type PathElement, sortElements } from './path-element.ts'
import type { OwnedType } from './schema.ts'

/**
 * A set of paths, as a tree. A path may be a member while paths below it are, too: who owns
 * `.metadata.labels` does not thereby own `.metadata.labels.app`. Values are never changed once
 * they are built, and operations give back an operand when the result equals it.
 */
export interface FieldSet {
  /** In no order; every node is a member or leads to one. */
  readonly nodes: ReadonlyMap<PathElement, FieldNode>
}

export interface FieldNode {
  readonly isMember: boolean
  readonly children: FieldSet
}

export const emptySet: FieldSet = Object.freeze({ nodes: new Map<PathElement, FieldNode>() })

/** Makes the set of the given paths. */
export function fieldSet(...paths: readonly OwnedPath[]): FieldSet {
  const builder = setBuilder()
  for (const path of paths) builder.insert(path)
  return builder.build()
}

export interface SetBuilder {
  /** The path may be reused afterwards. The empty one is ignored. */
  insert(path: OwnedPath): void
  /** The builder must not be used any more. */
  build(): FieldSet
}

interface MutableNode {
  isMember: boolean
  children: { readonly nodes: Map<PathElement, MutableNode> }
}

export function setBuilder(): SetBuilder {
  let root: MutableNode | undefined
  return {
    insert(path) {
      if (path.length === 0) return
      root ??= newNode()
      let node = root
      for (const element of path) node = descend(node, element)
      node.isMember = true
    },
    build: () => root?.children ?? emptySet,
  }
}

function newNode(): MutableNode {
  return { isMember: false, children: noChildren }
}

/** Most nodes are leaves: they share it, and it is never written to. */
const noChildren: MutableNode['children'] = { nodes: emptySet.nodes as Map<PathElement, never> }

function descend(node: MutableNode, element: PathElement): MutableNode {
  if (node.children === noChildren) node.children = { nodes: new Map() }
  const { nodes } = node.children
  let child = nodes.get(element)
  if (!child) {
    child = newNode()
    nodes.set(element, child)
  }
  return child
}

export function isEmptySet(set: FieldSet): boolean {
  return set.nodes.size === 0
}

export function hasPath(set: FieldSet, path: OwnedPath): boolean {
  let children = set
  let isMember = false
  for (const element of path) {
    const node = children.nodes.get(element)
    if (!node) return false
    isMember = node.isMember
    children = node.children
  }
  return isMember
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  if (a.nodes.size !== b.nodes.size) return false
  for (const [element, node] of a.nodes) {
    const other = b.nodes.get(element)
    if (!other || node.isMember !== other.isMember) return false
    if (!equalSets(node.children, other.children)) return false
  }
  return true
}

/** The paths that are in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a
  if (isEmptySet(a)) return b
  if (hasAll(a, b)) return a
  const changed = new Map<PathElement, FieldNode>()
  for (const [element, node] of b.nodes) {
    const old = a.nodes.get(element)
    const next = old ? unionNodes(old, node) : node
    if (next !== old) changed.set(element, next)
  }
  return changed.size === 0 ? a : { nodes: new Map([...a.nodes, ...changed]) }
}

/** Whether every path of the second is in the first, as it is when the same is written again. */
function hasAll(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  if (b.nodes.size > a.nodes.size) return false
  for (const [element, node] of b.nodes) {
    const held = a.nodes.get(element)
    if (!held || (node.isMember && !held.isMember) || !hasAll(held.children, node.children)) {
      return false
    }
  }
  return true
}

function unionNodes(a: FieldNode, b: FieldNode): FieldNode {
  const children = union(a.children, b.children)
  const isMember = a.isMember || b.isMember
  return children === a.children && isMember === a.isMember ? a : { isMember, children }
}

/** The paths that are in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(a)) return a
  return filterNodes(a, (element, node) => {
    const other = b.nodes.get(element)
    if (!other) return undefined
    const children = intersection(node.children, other.children)
    return keptNode(node, node.isMember && other.isMember, children)
  })
}

/** Whether any path is in both. */
export function overlaps(a: FieldSet, b: FieldSet): boolean {
  const [few, many] = a.nodes.size <= b.nodes.size ? [a, b] : [b, a]
  for (const [element, node] of few.nodes) {
    const other = many.nodes.get(element)
    if (!other) continue
    if (node.isMember && other.isMember) return true
    if (overlaps(node.children, other.children)) return true
  }
  return false
}

/** Whether the paths of the two have as much as a first step in common. */
export function sharesAny(a: FieldSet, b: FieldSet): boolean {
  const [few, many] = a.nodes.size <= b.nodes.size ? [a, b] : [b, a]
  for (const element of few.nodes.keys()) if (many.nodes.has(element)) return true
  return false
}

/** The paths of the first that are not in the second. What lies below those of the second stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (!overlaps(a, b)) return a
  return filterNodes(a, (element, node) => {
    const other = b.nodes.get(element)
    if (!other) return node
    const children = difference(node.children, other.children)
    return keptNode(node, node.isMember && !other.isMember, children)
  })
}

/** The paths of the first that neither are in the second nor lie below one that is. */
export function differenceWithin(a: FieldSet, b: FieldSet): FieldSet {
  if (!sharesAny(a, b)) return a
  return filterNodes(a, (element, node) => {
    const other = b.nodes.get(element)
    if (!other) return node
    if (other.isMember) return undefined
    return keptNode(node, node.isMember, differenceWithin(node.children, other.children))
  })
}

/** The members below which there are none. */
export function leaves(set: FieldSet): FieldSet {
  return filterNodes(set, (_, node) =>
    keptNode(node, node.isMember && isEmptySet(node.children), leaves(node.children)),
  )
}

/**
 * The set with every field of a struct that leads to a member as a member, which they are not by
 * themselves: `.spec` for `.spec.replicas`, but not `.labels` of a plain map.
 */
export function withNamedFields(set: FieldSet, type: OwnedType | undefined): FieldSet {
  return filterNodes(set, (element, node) => {
    const name = fieldName(element)
    const field = name === undefined ? undefined : type?.map?.field(name)
    const children = isEmptySet(node.children)
      ? node.children
      : withNamedFields(node.children, field?.type() ?? elementType(element, type))
    return keptNode(node, node.isMember || field !== undefined, children)
  })
}

function elementType(element: PathElement, type: OwnedType | undefined): OwnedType | undefined {
  if (fieldName(element) !== undefined) return type?.map?.element()
  return element.startsWith('k:') ? type?.list?.element() : undefined
}

/** Every member once: those of a level in upstream's order, then what lies below them. */
export function* pathsOf(set: FieldSet, prefix: OwnedPath = []): Generator<OwnedPath> {
  const sorted = sortedNodes(set)
  for (const [element, node] of sorted) if (node.isMember) yield [...prefix, element]
  for (const [element, node] of sorted) yield* pathsOf(node.children, [...prefix, element])
}

export function sortedNodes(set: FieldSet): readonly (readonly [PathElement, FieldNode])[] {
  return sortElements([...set.nodes], ([element]) => element)
}

function filterNodes(
  set: FieldSet,
  change: (element: PathElement, node: FieldNode) => FieldNode | undefined,
): FieldSet {
  let changed = false
  const nodes = new Map<PathElement, FieldNode>()
  for (const [element, node] of set.nodes) {
    const next = change(element, node)
    if (next !== node) changed = true
    if (next) nodes.set(element, next)
  }
  if (!changed) return set
  return nodes.size === 0 ? emptySet : { nodes }
}

function keptNode(node: FieldNode, isMember: boolean, children: FieldSet): FieldNode | undefined {
  if (isMember === node.isMember && children === node.children) return node
  return isMember || !isEmptySet(children) ? { isMember, children } : undefined
}
