import type { ASTNode } from '@marcbachmann/cel-js'
import { regexProblem } from '../library/regex.ts'
import { type CelType, celTypes, formatCelType, optionalType } from '../values/cel-type.ts'
import { parseCelDuration, parseTimestamp } from '../values/temporal.ts'
import { CelTypeValue, type CelValue } from '../values/values.ts'
import { checkList, checkMap } from './aggregates.ts'
import type { CompileErrors } from './compile-errors.ts'
import { CheckContext, type Scope, undeclared } from './context.ts'
import { literal, typeNames } from './literals.ts'
import { checkBind, macroOf } from './macros.ts'
import { checkMessage, dottedName } from './messages.ts'
import type { CelNode } from './node.ts'
import { positionOf } from './positions.ts'
import type { PreparedSource } from './prepare-source.ts'
import { isDynamic } from './unify.ts'

/** What an expression is checked with. */
interface CheckInputs {
  readonly variables: ReadonlyMap<string, CelType>
  /** Where what is wrong is noted. */
  readonly errors: CompileErrors
  readonly prepared: PreparedSource
  /** Whether it may write the messages of mutations. */
  readonly hasPatchTypes?: boolean | undefined
}

/** A checked expression, its type and the variables that it uses. */
export interface CheckedExpression {
  readonly node: CelNode
  readonly type: CelType
  readonly used: ReadonlySet<string>
  /** A type of a part of it, with all that has been found out. */
  settle(type: CelType): CelType
}

/** Checks an expression against declared variables; notes what is wrong in `errors`. */
export function checkExpression(
  ast: ASTNode,
  { variables, errors, prepared, hasPatchTypes = false }: CheckInputs,
): CheckedExpression {
  const context = new CheckContext({ errors, variables, prepared, hasPatchTypes }, checkNode)
  const node = context.check(ast, undefined)
  const [unread] = context.marks
  if (unread !== undefined) context.failure(unread, 'Syntax error: unexpected token: QUESTION')
  const settle = (type: CelType): CelType => context.bindings.settle(type)
  return { node, type: settle(node.type), used: context.used, settle }
}

const constant = (type: CelType, value: CelValue): CelNode => ({ op: 'constant', type, value })

function checkNode(context: CheckContext, ast: ASTNode, scope: Scope | undefined): CelNode {
  const at = positionOf(ast)
  switch (ast.op) {
    case 'value':
      return literal(ast.args)
    case 'id':
      return identifier(context, ast.args, scope, at)
    case '.':
      return qualified(context, ast, scope) ?? select(context, ast.args, scope, at)
    case '.?':
      return optionalSelect(context, ast.args, scope, at)
    case '[]':
    case '[?]': {
      if (context.prepared.messages.has(at)) return checkMessage(context, ast, scope)
      const args = ast.args.map((arg) => context.check(arg, scope))
      return context.call(ast.op === '[]' ? '_[_]' : '_[?_]', args, at)
    }
    case 'call':
      return globalCall(context, ast.args, scope, at)
    case 'rcall':
      return memberCall(context, ast.args, scope, at)
    case 'list':
      return checkList(context, ast, scope)
    case 'map':
      return checkMap(context, ast, scope)
    case '?:':
      return conditional(context, ast.args, scope, at)
    case '&&':
    case '||':
      return logical(context, ast.op, ast, scope)
    case '!_':
      return context.call('!_', [context.check(ast.args, scope)], at)
    case '-_':
      return negated(context, ast.args, scope, at)
    default: {
      const name = ast.op === 'in' ? '@in' : `_${ast.op}_`
      return context.call(
        name,
        ast.args.map((arg) => context.check(arg, scope)),
        at,
      )
    }
  }
}

function lookUp(
  context: CheckContext,
  name: string,
  scope: Scope | undefined,
): CelNode | undefined {
  for (let inner = scope; inner; inner = inner.outer) {
    if (inner.name === name) return { op: 'variable', type: inner.type, name }
  }
  const type = context.variables.get(name)
  if (type) {
    context.used.add(name)
    return { op: 'variable', type, name }
  }
  const named = Object.hasOwn(typeNames, name) ? typeNames[name] : undefined
  return named && constant({ kind: 'type', of: named }, new CelTypeValue(name))
}

function identifier(
  context: CheckContext,
  name: string,
  scope: Scope | undefined,
  at: number,
): CelNode {
  return lookUp(context, name, scope) ?? context.failure(at, undeclared(name))
}

/** An access that spells the name of a variable or a type. */
function qualified(
  context: CheckContext,
  ast: ASTNode,
  scope: Scope | undefined,
): CelNode | undefined {
  const name = dottedName(ast)
  if (name === undefined) return undefined
  const root = name.slice(0, name.indexOf('.'))
  for (let inner = scope; inner; inner = inner.outer) if (inner.name === root) return undefined
  return lookUp(context, name, undefined)
}

/** The type of a field or key; undefined with an error noted where there can be none. */
function fieldType(
  context: CheckContext,
  operand: CelType,
  field: string,
  at: number,
): CelType | undefined {
  if (isDynamic(operand) || operand.kind === 'unknown') return celTypes.dyn
  if (operand.kind === 'map') return operand.value
  if (operand.kind === 'message') return operand.fields?.[field] ?? celTypes.dyn
  if (operand.kind === 'object') {
    const found = operand.fields.get(field)
    if (found) return found.type
    context.failure(at, `undefined field '${field}'`)
    return undefined
  }
  const shown = formatCelType(context.bindings.settle(operand))
  context.failure(at, `type '${shown}' does not support field selection`)
  return undefined
}

function select(
  context: CheckContext,
  [operandTree, field]: readonly [ASTNode, string],
  scope: Scope | undefined,
  at: number,
): CelNode {
  const operand = context.check(operandTree, scope)
  const type = context.bindings.resolve(operand.type)
  if (type.kind === 'optional') return optionalField(context, operand, field, at)
  const result = fieldType(context, type, field, at) ?? celTypes.error
  return { op: 'select', type: result, operand, field }
}

function optionalSelect(
  context: CheckContext,
  [operandTree, field]: readonly [ASTNode, string],
  scope: Scope | undefined,
  at: number,
): CelNode {
  return optionalField(context, context.check(operandTree, scope), field, at)
}

function optionalField(
  context: CheckContext,
  operand: CelNode,
  field: string,
  at: number,
): CelNode {
  const given = context.bindings.resolve(operand.type)
  const type = given.kind === 'optional' ? context.bindings.resolve(given.element) : given
  const result = optionalType(fieldType(context, type, field, at) ?? celTypes.error)
  return { op: 'optionalSelect', type: result, operand, field }
}

function globalCall(
  context: CheckContext,
  [name, argTrees]: readonly [string, readonly ASTNode[]],
  scope: Scope | undefined,
  at: number,
): CelNode {
  const [only] = argTrees
  if (name === 'has' && only && argTrees.length === 1) {
    const tested = only.op === '.' ? select(context, only.args, scope, positionOf(only)) : undefined
    if (tested?.op === 'optionalSelect') {
      return context.call('hasValue', [tested], at, true)
    }
    if (tested?.op !== 'select') return context.failure(at, 'invalid argument to has() macro')
    return { ...tested, op: 'has', type: celTypes.bool }
  }
  const args = argTrees.map((arg) => context.check(arg, scope))
  checkLiteral(context, name, args[0], only)
  return context.call(name, args, at)
}

/** Texts that are read while the expression runs are read at once where they are written in it. */
function checkLiteral(
  context: CheckContext,
  name: string,
  arg: CelNode | undefined,
  tree: ASTNode | undefined,
): void {
  if (arg?.op !== 'constant' || typeof arg.value !== 'string' || !tree) return
  const isWrong =
    (name === 'matches' && regexProblem(arg.value) !== undefined) ||
    (name === 'timestamp' && parseTimestamp(arg.value) === undefined) ||
    (name === 'duration' && parseCelDuration(arg.value) === undefined)
  if (isWrong) context.failure(tree.start, `invalid ${name} argument`)
}

function memberCall(
  context: CheckContext,
  [name, receiver, argTrees]: readonly [string, ASTNode, readonly ASTNode[]],
  scope: Scope | undefined,
  at: number,
): CelNode {
  const prefix = dottedName(receiver)
  if (prefix === 'cel' && name === 'bind' && argTrees.length === 3) {
    return checkBind({ context, args: argTrees, scope, at })
  }
  if (
    prefix !== undefined &&
    context.knows(`${prefix}.${name}`) &&
    !lookUp(context, prefix, scope)
  ) {
    return context.call(
      `${prefix}.${name}`,
      argTrees.map((arg) => context.check(arg, scope)),
      at,
    )
  }
  const macro = macroOf(name, argTrees.length)
  if (macro) return macro({ context, receiver, args: argTrees, scope, at })
  const target = context.check(receiver, scope)
  const args = argTrees.map((arg) =>
    // What format() fills in may be of several types.
    name === 'format' && arg.op === 'list'
      ? checkList(context, arg, scope, true)
      : context.check(arg, scope),
  )
  if (name === 'matches') checkLiteral(context, name, args[0], argTrees[0])
  return context.call(name, [target, ...args], at, true)
}

function conditional(
  context: CheckContext,
  trees: readonly [ASTNode, ASTNode, ASTNode],
  scope: Scope | undefined,
  at: number,
): CelNode {
  const [condition, yes, no] = [
    context.check(trees[0], scope),
    context.check(trees[1], scope),
    context.check(trees[2], scope),
  ]
  const args = [condition, yes, no]
  context.expect(celTypes.bool, condition, { operator: '_?_:_', args: args, at })
  context.expect(yes.type, no, { operator: '_?_:_', args: args, at })
  const isUnsure = isDynamic(context.bindings.resolve(no.type))
  return { op: 'conditional', type: isUnsure ? celTypes.dyn : yes.type, condition, yes, no }
}

/** A chain of the same operator becomes one node, so that long ones do not nest. */
function logical(
  context: CheckContext,
  op: '&&' | '||',
  ast: ASTNode,
  scope: Scope | undefined,
): CelNode {
  const trees: ASTNode[] = []
  let at = positionOf(ast)
  let rest = ast
  while (rest.op === '&&' || rest.op === '||') {
    if (rest.op !== op) break
    at = positionOf(rest)
    trees.unshift(rest.args[1])
    rest = rest.args[0]
  }
  trees.unshift(rest)
  const terms = trees.map((tree) => context.check(tree, scope))
  for (const term of terms) {
    const partner = terms.find((other) => other !== term) ?? term
    const args = terms[0] === term ? [term, partner] : [terms[0] ?? term, term]
    context.expect(celTypes.bool, term, { operator: `_${op}_`, args: args, at })
  }
  return { op: op === '&&' ? 'and' : 'or', type: celTypes.bool, terms }
}

/** A number with a minus before it is one literal. */
function negated(
  context: CheckContext,
  tree: ASTNode,
  scope: Scope | undefined,
  at: number,
): CelNode {
  const operand = context.check(tree, scope)
  if (tree.op === 'value' && operand.op === 'constant') {
    if (typeof operand.value === 'bigint') return constant(operand.type, -operand.value)
    if (typeof operand.value === 'number') return constant(operand.type, -operand.value)
  }
  return context.call('-_', [operand], at)
}
