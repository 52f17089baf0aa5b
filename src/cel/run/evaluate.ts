import type { CallNode, CelNode, FoldNode, MessageNode, SelectNode } from '../compile/node.ts'
import { CelError } from '../values/cel-error.ts'
import { celKey } from '../values/equal.ts'
import {
  type CelKey,
  CelList,
  CelMap,
  CelMessage,
  CelObject,
  CelOptional,
  type CelValue,
  typeNameOf,
} from '../values/values.ts'
import type { CostMeter } from './budget.ts'
import { callCost, listCost, mapCost, regexCompilationCost, structCost } from './call-cost.ts'
import { callWork } from './call-work.ts'
import { fitsAll } from './dispatch.ts'
import { foldInto, type Iteration } from './fold.ts'

/** The values of names, from the innermost out. */
export interface NamedValue {
  readonly name: string
  readonly value: CelValue
  readonly outer: NamedValue | undefined
}

/** What an evaluation works on: the values of the variables, and what it has cost. */
export interface Evaluation {
  readonly variables: Readonly<Record<string, CelValue>>
  readonly meter: CostMeter
}

/**
 * The value of a checked expression.
 * @throws CelError for an error of the expression, CelCostError when it costs too much.
 */
export function evaluate(node: CelNode, run: Evaluation, frame: NamedValue | undefined): CelValue {
  switch (node.op) {
    case 'constant':
      return node.value
    case 'variable':
      return variable(node.name, run, frame)
    case 'select':
    case 'has':
    case 'optionalSelect':
      return select(node, run, frame)
    case 'call':
      return call(node, run, frame)
    case 'and':
    case 'or':
      return logical(node.terms, node.op === 'or', run, frame)
    case 'conditional': {
      const condition = evaluate(node.condition, run, frame)
      if (typeof condition !== 'boolean') throw noOverload('_?_:_', [condition])
      return evaluate(condition ? node.yes : node.no, run, frame)
    }
    case 'list':
      run.meter.charge(listCost)
      return list(node, run, frame)
    case 'map':
      return map(node, run, frame)
    case 'message':
      return message(node, run, frame)
    case 'fold':
      return fold(node, run, frame)
    case 'bind': {
      const value = evaluate(node.value, run, frame)
      return evaluate(node.body, run, { name: node.name, value, outer: frame })
    }
    case 'optionalMap':
      return optionalMap(node, run, frame)
  }
}

function variable(
  name: string,
  { variables, meter }: Evaluation,
  frame: NamedValue | undefined,
): CelValue {
  meter.charge(1)
  for (let inner = frame; inner; inner = inner.outer) if (inner.name === name) return inner.value
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (value === undefined) throw new CelError(`no such attribute(s): ${name}`)
  return value
}

/** Whether a node is a variable or what hangs on one, for which upstream counts no access of its own. */
function isAttribute(node: CelNode): boolean {
  if (node.op === 'variable' || node.op === 'select') return true
  return node.op === 'call' && node.name === '_[_]'
}

const accessCost = (operand: CelNode): number => (isAttribute(operand) ? 1 : 2)

function select(node: SelectNode, run: Evaluation, frame: NamedValue | undefined): CelValue {
  const operand = evaluate(node.operand, run, frame)
  if (node.op === 'optionalSelect') {
    run.meter.charge(1)
    const inner = operand instanceof CelOptional ? operand.value : operand
    return new CelOptional(inner === undefined ? undefined : field(inner, node.field))
  }
  if (node.op === 'has') return hasField(operand, node.field)
  run.meter.charge(accessCost(node.operand))
  const value = field(operand, node.field)
  if (value === undefined) throw new CelError(`no such key: ${fieldName(operand, node.field)}`)
  return value
}

/** The name as JSON has it, which messages show. */
function fieldName(operand: CelValue, name: string): string {
  return (operand instanceof CelObject ? operand.type.fields.get(name)?.name : undefined) ?? name
}

function field(operand: CelValue, name: string): CelValue | undefined {
  if (operand instanceof CelMap) return operand.get(name)
  if (operand instanceof CelMessage) return operand.fields.get(name)
  if (operand instanceof CelObject) {
    if (!operand.type.fields.has(name)) throw new CelError(`no such field '${name}'`)
    return operand.get(name)
  }
  throw new CelError(`no such overload`)
}

function hasField(operand: CelValue, name: string): boolean {
  if (operand instanceof CelMap) return operand.finds(name)
  if (operand instanceof CelMessage) return operand.fields.has(name)
  if (operand instanceof CelObject) return operand.has(name)
  throw new CelError('no such overload')
}

function noOverload(name: string, args: readonly CelValue[]): CelError {
  return new CelError(`no such overload: ${name}(${args.map(typeNameOf).join(', ')})`)
}

function call(node: CallNode, run: Evaluation, frame: NamedValue | undefined): CelValue {
  const { name, args: nodes, overloads } = node
  const args: CelValue[] = []
  for (const arg of nodes) args.push(evaluate(arg, run, frame))
  const [operand, index] = nodes
  if (name === '_[_]' && operand && index) {
    run.meter.charge(
      accessCost(operand) - (index.op === 'variable' || index.op === 'select' ? 1 : 0),
    )
  } else run.meter.charge(callCost(name, args))
  run.meter.work(callWork(name, args))
  if (index && index.op !== 'constant') run.meter.charge(regexCompilationCost(name, args[1]))
  for (const overload of overloads) {
    if (fitsAll(overload.parameters, args)) return overload.call(args)
  }
  throw noOverload(name, args)
}

/** `&&` and `||`: one side that decides absorbs errors of the others. */
function logical(
  terms: readonly CelNode[],
  deciding: boolean,
  run: Evaluation,
  frame: NamedValue | undefined,
): boolean {
  let failure: CelError | undefined
  for (const term of terms) {
    try {
      const value = evaluate(term, run, frame)
      if (value === deciding) return deciding
      if (value !== !deciding) throw noOverload(deciding ? '_||_' : '_&&_', [value])
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      failure ??= error
    }
  }
  if (failure) throw failure
  return !deciding
}

function list(
  { elements, optional }: CelNode & { op: 'list' },
  run: Evaluation,
  frame: NamedValue | undefined,
): CelList {
  return new CelList(
    elements.flatMap((element, i) => {
      const value = held(evaluate(element, run, frame), optional?.[i])
      return value === undefined ? [] : [value]
    }),
  )
}

/** What an element adds: of an optional one what it holds, if anything. */
function held(value: CelValue, isOptional = false): CelValue | undefined {
  if (!isOptional) return value
  if (!(value instanceof CelOptional)) throw noOverload('[?_]', [value])
  return value.value
}

function map(
  { entries, optional }: CelNode & { op: 'map' },
  run: Evaluation,
  frame: NamedValue | undefined,
): CelMap {
  run.meter.charge(mapCost)
  const made = new Map<CelKey, CelValue>()
  for (const [i, [keyNode, valueNode]] of entries.entries()) {
    const key = celKey(evaluate(keyNode, run, frame))
    if (key === undefined) throw new CelError('unsupported key type')
    if (made.has(key)) throw new CelError(`Failed with repeated key: ${key}`)
    const value = held(evaluate(valueNode, run, frame), optional?.[i])
    if (value !== undefined) made.set(key, value)
  }
  return new CelMap(made)
}

function message(node: MessageNode, run: Evaluation, frame: NamedValue | undefined): CelMessage {
  run.meter.charge(structCost)
  const made = new Map<string, CelValue>()
  for (const { name, value: part, isOptional } of node.fields) {
    const value = held(evaluate(part, run, frame), isOptional)
    if (value !== undefined) made.set(name, value)
  }
  return new CelMessage(node.name, made)
}

function optionalMap(
  node: CelNode & { op: 'optionalMap' },
  run: Evaluation,
  frame: NamedValue | undefined,
): CelValue {
  const operand = evaluate(node.operand, run, frame)
  // hasValue() and optional.of() of what it stands for
  run.meter.charge(2)
  if (!(operand instanceof CelOptional)) throw noOverload('optMap', [operand])
  if (operand.value === undefined) return operand
  const body = evaluate(node.body, run, { name: node.name, value: operand.value, outer: frame })
  return node.isFlat ? body : new CelOptional(body)
}

/** What a fold goes through: elements or keys; with two names index and element, or key and value. */
function* iterations(
  names: readonly string[],
  range: CelValue,
  frame: NamedValue | undefined,
): Iterable<Iteration> {
  const [first = '', second] = names
  const step = (key: CelValue, item: CelValue): Iteration => {
    const outer = second === undefined ? frame : { name: first, value: key, outer: frame }
    return { item, key, frame: { name: second ?? first, value: item, outer } }
  }
  if (range instanceof CelMap) {
    for (const key of range.keys) {
      yield step(key, second === undefined ? key : (range.get(key) ?? null))
    }
  } else if (range instanceof CelList) {
    const { items } = range
    for (let i = 0; i < items.length; i++) yield step(BigInt(i), items[i] ?? null)
  } else throw new CelError(`got '${typeNameOf(range)}', expected iterable type`)
}

function fold(node: FoldNode, run: Evaluation, frame: NamedValue | undefined): CelValue {
  const range = evaluate(node.range, run, frame)
  const steps = iterations(node.names, range, frame)
  return foldInto(node, steps, run.meter, (part, inner) => evaluate(part, run, inner))
}
