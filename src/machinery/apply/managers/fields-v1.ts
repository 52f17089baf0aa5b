import { derived } from '#lib'
import {
  emptySet,
  type FieldNode,
  type FieldSet,
  isEmptySet,
  sortedNodes,
} from '../model/field-set.ts'
import { canonicalElement, compareElements, type PathElement } from '../model/path-element.ts'

/** The JSON form of a set of paths: a tree of elements; `.` says that a node itself is a member. */
export type FieldsV1 = { readonly [element: string]: FieldsV1 }

const none: FieldsV1 = Object.freeze({})

/** In upstream's canonical order. A set that was decoded from canonical JSON gives that very value. */
export function encodeFields(set: FieldSet): FieldsV1 {
  return encodedSet(set)
}

// Stored objects are frozen and shared, so the work is done once for each version of an entry.
const encodedSet = derived((set: FieldSet) => {
  const fields = encode(set, false)
  if (fields !== none) decodedFields.remember(fields, set)
  return fields
})

function encode(set: FieldSet, isMember: boolean): FieldsV1 {
  if (isEmptySet(set)) return none
  const entries: [string, FieldsV1][] = isMember ? [['.', none]] : []
  for (const [element, node] of sortedNodes(set)) entries.push([element, encodeNode(node)])
  // fromEntries defines keys, so that even `__proto__` is only a key.
  return Object.freeze(Object.fromEntries(entries))
}

/** Sets that come of one another share nodes. */
const encodedNode = derived(({ children, isMember }: FieldNode) => encode(children, isMember))

function encodeNode(node: FieldNode): FieldsV1 {
  return isEmptySet(node.children) ? none : encodedNode(node)
}

/**
 * Elements of a kind that is not known are dropped.
 * @throws Error when the JSON is not a tree of path elements.
 */
export function decodeFields(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return emptySet
  if (!isObject(fields)) throw new Error('expected an object of path elements')
  // An object that may still change must not be remembered.
  return Object.isFrozen(fields) ? decodedFields(fields) : decode(fields).set
}

const decodedFields = derived((fields: Readonly<Record<string, unknown>>) => {
  const { set, isCanonical } = decode(fields)
  // What is canonical has been found to be a tree of elements.
  if (isCanonical) encodedSet.remember(set, fields as FieldsV1)
  return set
})

interface Decoded {
  readonly set: FieldSet
  readonly hasSelf: boolean
  readonly isCanonical: boolean
}

function decode(fields: Readonly<Record<string, unknown>>): Decoded {
  const nodes = new Map<PathElement, FieldNode>()
  let hasSelf = false
  let isCanonical = true
  let previous: PathElement | undefined
  for (const [text, below] of Object.entries(fields)) {
    if (text === '.') {
      hasSelf = true
      isCanonical &&= previous === undefined
      continue
    }
    const element = canonicalElement(text)
    if (element === undefined) {
      isCanonical = false
      continue
    }
    const child = isObject(below) ? decode(below) : undefined
    isCanonical &&= element === text && child?.isCanonical === true
    isCanonical &&= previous === undefined || compareElements(previous, element) < 0
    previous = element
    const children = child?.set ?? emptySet
    nodes.set(element, { isMember: isEmptySet(children) || child?.hasSelf === true, children })
  }
  if (nodes.size === 0) return { set: emptySet, hasSelf, isCanonical: isCanonical && !hasSelf }
  return { set: { nodes }, hasSelf, isCanonical }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
