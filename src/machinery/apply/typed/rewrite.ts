import {
  difference,
  emptySet,
  type FieldNode,
  type FieldSet,
  isEmptySet,
} from '../model/field-set.ts'
import {
  asList,
  asMap,
  commonElements,
  formOf,
  isEmptyMap,
  type JsonMap,
  memberType,
} from '../model/forms.ts'
import { fieldElement, type PathElement } from '../model/path-element.ts'
import { sameJson } from '../model/same-json.ts'
import type { OwnedList, OwnedMap, OwnedType } from '../model/schema.ts'
import { compare } from './compare.ts'

/** What a writer holds after a write that concerns nobody else. */
export interface Rewrite {
  /** The very same set where it stays the same. */
  readonly own: FieldSet
  /** Whether anything was taken away, added or given another value. */
  readonly hasChanged: boolean
  /** Whether the writer holds anything that it added, or gave another value. */
  readonly hasGained: boolean
}

/**
 * Follows a write of what nobody but its writer holds, as of a heartbeat, a count or a status: what
 * the writer holds is changed where the object was, and no set of changes has to be worked out.
 * Undefined for any other write, and for what would take long to find out.
 */
export function rewriteOf(
  before: unknown,
  after: unknown,
  type: OwnedType,
  holdings: { readonly own: FieldSet; readonly others: readonly FieldSet[] },
): Rewrite | undefined {
  const walk: Walk = { hasChanged: false, hasGained: false }
  const own = editedPart(walk, before, after, { type, ...holdings })
  return own && { own, ...walk }
}

interface Walk {
  hasChanged: boolean
  hasGained: boolean
}

/** What is known of a part: its type, and what of it who holds. */
interface Part {
  readonly type: OwnedType
  readonly own: FieldSet
  readonly others: readonly FieldSet[]
}

/** What the writer holds of a part after the write; undefined where it cannot be told from here. */
function editedPart(walk: Walk, before: unknown, after: unknown, part: Part): FieldSet | undefined {
  const form = formOf(part.type, after)
  if (form !== formOf(part.type, before)) return undefined
  const { map, list } = part.type
  if (form === 'map') {
    const [old, now] = [asMap(before), asMap(after)]
    if (!old || !now || !map || map.isAtomic || isEmptyMap(old)) return undefined
    return editedMap(walk, map, [old, now], part)
  }
  if (form === 'list') {
    const [old, now] = [asList(before), asList(after)]
    if (!old || !now || !list || list.isAtomic) return undefined
    return editedList(walk, list, [old, now], part)
  }
  return undefined
}

function editedMap(
  walk: Walk,
  map: OwnedMap,
  [before, after]: readonly [JsonMap, JsonMap],
  part: Part,
): FieldSet | undefined {
  const edit = new Edit(part.own)
  for (const name in before) {
    const [was, is] = [before[name], Object.hasOwn(after, name) ? after[name] : undefined]
    if (was === is) continue
    const step = stepInto(part, fieldElement(name), memberType(map, name))
    const node = is === undefined ? withoutValue(walk, was, step) : withValue(walk, was, is, step)
    if (!node) return undefined
    edit.put(step, node)
  }
  for (const name in after) {
    if (Object.hasOwn(before, name)) continue
    const step = stepInto(part, fieldElement(name), memberType(map, name))
    const node = withNewValue(walk, after[name], step)
    if (!node) return undefined
    edit.put(step, node)
  }
  return edit.result()
}

function editedList(
  walk: Walk,
  list: OwnedList,
  [before, after]: readonly [readonly unknown[], readonly unknown[]],
  part: Part,
): FieldSet | undefined {
  const common = commonElements(list, before, after)
  if (!common) return undefined
  const edit = new Edit(part.own)
  for (const [i, element] of common.entries()) {
    if (before[i] === after[i]) continue
    const step = stepInto(part, element, list.element())
    const node = withValue(walk, before[i], after[i], step)
    if (!node) return undefined
    edit.put(step, node)
  }
  return edit.result()
}

interface Step {
  readonly element: PathElement
  readonly type: OwnedType
  /** What the writer holds where the step leads. */
  readonly own: FieldNode
  /** What others hold there. */
  readonly others: readonly FieldNode[]
}

/** Stands for nothing that is held. */
const nothing: FieldNode = Object.freeze({ isMember: false, children: emptySet })

const nobody: readonly FieldNode[] = Object.freeze([])

function stepInto({ own, others }: Part, element: PathElement, type: OwnedType): Step {
  let theirs = nobody
  for (const { nodes } of others) {
    const node = nodes.get(element)
    if (node) theirs = [...theirs, node]
  }
  return { element, type, own: own.nodes.get(element) ?? nothing, others: theirs }
}

function withValue(walk: Walk, before: unknown, after: unknown, step: Step): FieldNode | undefined {
  const { type, own, others } = step
  if (isLeaf(type, before) && isLeaf(type, after)) {
    if (sameJson(before, after)) return own
    walk.hasChanged = true
    walk.hasGained = true
    if (others.some(({ isMember }) => isMember)) return undefined
    return own.isMember ? own : { ...own, isMember: true }
  }
  const below = { type, own: own.children, others: childrenOf(others) }
  const children = editedPart(walk, before, after, below)
  if (!children) return sameJson(before, after) ? own : undefined
  return children === own.children ? own : { ...own, children }
}

const nowhere: readonly FieldSet[] = Object.freeze([])

function childrenOf(nodes: readonly FieldNode[]): readonly FieldSet[] {
  return nodes.length === 0 ? nowhere : nodes.map(({ children }) => children)
}

function withNewValue(walk: Walk, value: unknown, step: Step): FieldNode | undefined {
  if (step.others.length > 0 || step.own !== nothing) return undefined
  walk.hasChanged = true
  walk.hasGained = true
  return { isMember: true, children: compare(undefined, value, step.type).added }
}

function withoutValue(walk: Walk, value: unknown, step: Step): FieldNode | undefined {
  if (step.others.length > 0) return undefined
  walk.hasChanged = true
  if (step.own === nothing) return nothing
  const { removed } = compare(value, undefined, step.type)
  return { isMember: false, children: difference(step.own.children, removed) }
}

/** Whether a value is owned as a whole. */
function isLeaf(type: OwnedType, value: unknown): boolean {
  const form = formOf(type, value)
  if (form === 'scalar') return true
  return (form === 'map' ? type.map : type.list)?.isAtomic === true
}

/** A set with some of its nodes put for others; a copy from the first one that differs. */
class Edit {
  readonly #set: FieldSet
  #nodes: Map<PathElement, FieldNode> | undefined

  constructor(set: FieldSet) {
    this.#set = set
  }

  put({ element, own }: Step, node: FieldNode): void {
    if (node === own) return
    this.#nodes ??= new Map(this.#set.nodes)
    if (node.isMember || !isEmptySet(node.children)) this.#nodes.set(element, node)
    else this.#nodes.delete(element)
  }

  result(): FieldSet {
    if (!this.#nodes) return this.#set
    return this.#nodes.size === 0 ? emptySet : { nodes: this.#nodes }
  }
}
