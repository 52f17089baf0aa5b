import type { ASTNode } from '@marcbachmann/cel-js'
import {
  type CelType,
  celTypes,
  formatCelType,
  listType,
  mapType,
  optionalType,
} from '../values/cel-type.ts'
import { type CheckContext, declared, type Scope } from './context.ts'
import type { CelNode, FoldKind } from './node.ts'
import { isDynamic } from './unify.ts'

/** A macro at the place where it is written: `range.name(…args)`. */
export interface MacroCall {
  readonly context: CheckContext
  readonly receiver: ASTNode
  readonly args: readonly ASTNode[]
  readonly scope: Scope | undefined
  readonly at: number
}

type Macro = (call: MacroCall) => CelNode

/** How many names a fold declares, and whether it has a filter. */
const fold =
  (kind: FoldKind, names: 1 | 2, hasFilter = false): Macro =>
  (call) =>
    checkFold(call, kind, names, hasFilter)

/** Macros called on a value, by name and number of arguments. */
const macros: Readonly<Record<string, Macro>> = {
  'all/2': fold('all', 1),
  'all/3': fold('all', 2),
  'exists/2': fold('exists', 1),
  'exists/3': fold('exists', 2),
  'exists_one/2': fold('existsOne', 1),
  'existsOne/2': fold('existsOne', 1),
  'exists_one/3': fold('existsOne', 2),
  'existsOne/3': fold('existsOne', 2),
  'filter/2': fold('filter', 1),
  'map/2': fold('list', 1),
  'map/3': fold('list', 1, true),
  'transformList/3': fold('list', 2),
  'transformList/4': fold('list', 2, true),
  'transformMap/3': fold('map', 2),
  'transformMap/4': fold('map', 2, true),
  'transformMapEntry/3': fold('entries', 2),
  'transformMapEntry/4': fold('entries', 2, true),
  'sortBy/2': fold('sortBy', 1),
  'optMap/2': (call) => checkOptionalMap(call, false),
  'optFlatMap/2': (call) => checkOptionalMap(call, true),
}

/** The macro that a call on a value stands for, if it does. */
export function macroOf(name: string, argumentCount: number): Macro | undefined {
  const key = `${name}/${argumentCount}`
  return Object.hasOwn(macros, key) ? macros[key] : undefined
}

/** `cel.bind(name, value, body)`. */
export function checkBind({ context, args, scope, at }: Omit<MacroCall, 'receiver'>): CelNode {
  const [variable, valueTree, bodyTree] = args
  if (!variable || !valueTree || !bodyTree || variable.op !== 'id') {
    return context.failure(at, 'cel.bind() variable names must be simple identifiers')
  }
  const value = context.check(valueTree, scope)
  const body = context.check(bodyTree, declared(variable.args, value.type, scope))
  return { op: 'bind', type: body.type, name: variable.args, value, body }
}

function checkFold(
  { context, receiver, args, scope, at }: MacroCall,
  kind: FoldKind,
  nameCount: 1 | 2,
  hasFilter: boolean,
): CelNode {
  const names: string[] = []
  for (const tree of args.slice(0, nameCount)) {
    if (tree.op !== 'id') return context.failure(tree.start, 'argument must be a simple name')
    if (names.includes(tree.args)) {
      return context.failure(tree.start, `duplicate variable name: ${tree.args}`)
    }
    names.push(tree.args)
  }
  const range = context.check(receiver, scope)
  const types = rangeTypes(context, range, nameCount)
  if (!types) {
    const shown = formatCelType(context.bindings.settle(range.type))
    return context.failure(
      receiver.start,
      `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    )
  }
  const inner = names.reduce(
    (outer: Scope | undefined, name, i) => declared(name, types[i] ?? celTypes.dyn, outer),
    scope,
  )
  const rest = args.slice(nameCount).map((tree) => context.check(tree, inner))
  const [filter, body] = hasFilter ? rest : [undefined, rest[0]]
  if (!body) return context.failure(at, 'missing argument')
  if (filter)
    context.expect(celTypes.bool, filter, { operator: '_?_:_', args: [filter, body, body], at })
  const type = foldType(
    context,
    kind,
    { body, element: types.at(-1) ?? celTypes.dyn, key: types[0] },
    at,
  )
  const node = { op: 'fold', type, kind, range, names, body } as const
  return filter ? { ...node, filter } : node
}

/** The types of what a fold declares: an element or a key; or index and element, key and value. */
function rangeTypes(
  { bindings }: CheckContext,
  range: CelNode,
  nameCount: 1 | 2,
): readonly CelType[] | undefined {
  const type = bindings.resolve(range.type)
  if (type.kind === 'list') return nameCount === 1 ? [type.element] : [celTypes.int, type.element]
  if (type.kind === 'map') return nameCount === 1 ? [type.key] : [type.key, type.value]
  if (isDynamic(type) || type.kind === 'unknown')
    return [celTypes.dyn, celTypes.dyn].slice(0, nameCount)
  return undefined
}

interface FoldParts {
  readonly body: CelNode
  readonly element: CelType
  readonly key: CelType | undefined
}

function foldType(
  context: CheckContext,
  kind: FoldKind,
  { body, element, key }: FoldParts,
  at: number,
): CelType {
  const bool: CelNode = { op: 'constant', type: celTypes.bool, value: true }
  switch (kind) {
    case 'all':
      context.expect(celTypes.bool, body, { operator: '_&&_', args: [bool, body], at })
      return celTypes.bool
    case 'exists':
      context.expect(celTypes.bool, body, { operator: '_||_', args: [bool, body], at })
      return celTypes.bool
    case 'existsOne':
      context.expect(celTypes.bool, body, { operator: '_?_:_', args: [body, bool, bool], at })
      return celTypes.bool
    case 'filter':
      context.expect(celTypes.bool, body, { operator: '_?_:_', args: [body, bool, bool], at })
      return listType(element)
    case 'list':
      return listType(body.type)
    case 'sortBy':
      return listType(element)
    case 'map':
      return mapType(key ?? celTypes.dyn, body.type)
    case 'entries': {
      const made = context.bindings.resolve(body.type)
      if (made.kind === 'map' || isDynamic(made)) return made
      return context.failure(at, 'transformMapEntry needs a map with one entry').type
    }
  }
}

function checkOptionalMap(
  { context, receiver, args, scope, at }: MacroCall,
  isFlat: boolean,
): CelNode {
  const [variable, bodyTree] = args
  if (!variable || !bodyTree || variable.op !== 'id') {
    return context.failure(at, 'optMap() variable name must be a simple identifier')
  }
  const operand = context.check(receiver, scope)
  const element = context.bindings.fresh()
  context.expect(optionalType(element), operand, { operator: 'hasValue', args: [operand], at })
  const body = context.check(bodyTree, declared(variable.args, element, scope))
  if (isFlat)
    context.expect(optionalType(context.bindings.fresh()), body, {
      operator: '_?_:_',
      args: [body],
      at,
    })
  const type = isFlat ? body.type : optionalType(body.type)
  return { op: 'optionalMap', type, name: variable.args, operand, body, isFlat }
}
