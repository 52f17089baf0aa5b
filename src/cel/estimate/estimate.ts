import type { CallNode, CelNode, FoldNode } from '../compile/node.ts'
import { countLetters } from '../library/conversions.ts'
import type { CelType } from '../values/cel-type.ts'
import { CelList, type CelValue } from '../values/values.ts'
import { type Amount, either, exactly, times, unknownAmount } from './amounts.ts'
import { type Argument, estimateCall } from './call-estimates.ts'

/** What is known of a part of an expression: what it costs at most, and sizes. */
interface Estimated {
  readonly cost: number
  /** The declared type, for what hangs on a declared variable: it bounds the size. */
  readonly declared: CelType | undefined
  readonly size: Amount | undefined
  /** The size of what is in a list or a map. */
  readonly element: Amount | undefined
}

/** Names that the expression itself declares. */
interface Names {
  readonly name: string
  readonly value: Estimated
  readonly outer: Names | undefined
}

const listCost = 10
const mapCost = 30
const messageCost = 40

/** What upstream counts for each step of the loop that a macro stands for, beside what is evaluated. */
const steps = { all: 3, exists: 4, existsOne: 2, filter: 13, list: 12, map: 3, entries: 2 }
/** What it counts once. */
const once = { all: 1, exists: 1, existsOne: 2, filter: 11, list: 11, map: 31, entries: 31 }

/**
 * What an expression costs at most, by the bounds of its variables' types and upstream's estimates; Infinity
 * where there is none.
 */
export function estimateCost(node: CelNode, settle: (type: CelType) => CelType): number {
  return new Estimator(settle).estimate(node, undefined).cost
}

class Estimator {
  readonly #settle: (type: CelType) => CelType

  constructor(settle: (type: CelType) => CelType) {
    this.#settle = settle
  }

  estimate(node: CelNode, names: Names | undefined): Estimated {
    switch (node.op) {
      case 'constant':
        return constantOf(node.value)
      case 'variable':
        return this.#variable(node, names)
      case 'select':
      case 'has':
      case 'optionalSelect':
        return this.#select(node, names)
      case 'call':
        return this.#call(node, names)
      case 'and':
      case 'or':
        return plain(this.#total(node.terms, names), exactly(1))
      case 'conditional':
        return this.#conditional(node, names)
      case 'list': {
        const elements = node.elements.map((element) => this.estimate(element, names))
        const cost = listCost + total(elements)
        return { ...plain(cost, exactly(elements.length)), element: unionOf(elements) }
      }
      case 'map': {
        const values = node.entries.map(([, value]) => this.estimate(value, names))
        const keys = this.#total(
          node.entries.map(([key]) => key),
          names,
        )
        const cost = mapCost + keys + total(values)
        return { ...plain(cost, exactly(values.length)), element: unionOf(values) }
      }
      case 'message': {
        const values = node.fields.map(({ value }) => value)
        return plain(messageCost + this.#total(values, names), exactly(node.fields.length))
      }
      case 'fold':
        return this.#fold(node, names)
      case 'bind': {
        const value = this.estimate(node.value, names)
        const body = this.estimate(node.body, { name: node.name, value, outer: names })
        return { ...body, cost: listCost + value.cost + body.cost }
      }
      case 'optionalMap': {
        const operand = this.estimate(node.operand, names)
        const value = { ...plain(1, operand.size), element: operand.element }
        const body = this.estimate(node.body, { name: node.name, value, outer: names })
        return plain(2 * operand.cost + body.cost + listCost + 3, body.size)
      }
    }
  }

  #total(nodes: readonly CelNode[], names: Names | undefined): number {
    return total(nodes.map((node) => this.estimate(node, names)))
  }

  #variable(node: CelNode & { op: 'variable' }, names: Names | undefined): Estimated {
    for (let inner = names; inner; inner = inner.outer) {
      if (inner.name === node.name) return { ...inner.value, cost: 1 }
    }
    return declaredAs(node.type, 1)
  }

  #select(
    node: CelNode & { op: 'select' | 'has' | 'optionalSelect' },
    names: Names | undefined,
  ): Estimated {
    const operand = this.estimate(node.operand, names)
    if (node.op === 'has') return plain(operand.cost, exactly(1))
    const { kind } = this.#settle(node.operand.type)
    const { declared } = operand
    if (declared?.kind === 'map' && declared.boundsFields && node.op === 'select') {
      return declaredAs(declared.value, operand.cost + 1)
    }
    const isAccess = node.op === 'optionalSelect' || kind === 'map' || kind === 'object'
    const cost = operand.cost + (isAccess ? 1 : 0)
    // Upstream finds no bound for the key of a map that is written like a field.
    if (kind === 'map') return plain(cost, undefined)
    const type = this.#settle(node.type)
    return declaredAs(
      node.op === 'optionalSelect' && type.kind === 'optional' ? type.element : type,
      cost,
    )
  }

  #conditional(node: CelNode & { op: 'conditional' }, names: Names | undefined): Estimated {
    const condition = this.estimate(node.condition, names)
    const yes = this.estimate(node.yes, names)
    const no = this.estimate(node.no, names)
    const cost = condition.cost + Math.max(yes.cost, no.cost)
    const element = yes.element && no.element ? either(yes.element, no.element) : undefined
    const size = either(this.#sizeOf(node.yes, yes), this.#sizeOf(node.no, no))
    return { cost, declared: undefined, size, element }
  }

  #sizeOf(node: CelNode, { size }: Estimated): Amount {
    if (size) return size
    const type = this.#settle(node.type)
    const inner = type.kind === 'optional' ? type.element : type
    return scalars.has(inner.kind) ? exactly(1) : unknownAmount
  }

  #call(node: CallNode, names: Names | undefined): Estimated {
    const parts = node.args.map((arg) => this.estimate(arg, names))
    const args = node.args.map((arg, i): Argument => {
      const part = parts[i] ?? plain(0, undefined)
      return {
        type: this.#settle(arg.type),
        size: this.#sizeOf(arg, part),
        element: elementSize(part) ?? unknownAmount,
        whole:
          arg.op === 'constant' && typeof arg.value === 'bigint' ? Number(arg.value) : undefined,
      }
    })
    const { cost, size } = estimateCall(node, args)
    const spent = cost + total(parts)
    const [first] = parts
    if (node.name === '_[_]' && first?.declared) return declaredAs(this.#settle(node.type), spent)
    const isJoined = node.name === '_+_' && parts.length === 2
    const [a, b] = parts.map(elementSize)
    return { ...plain(spent, size), element: isJoined && a && b ? either(a, b) : undefined }
  }

  #fold(node: FoldNode, names: Names | undefined): Estimated {
    const range = this.estimate(node.range, names)
    const count = this.#sizeOf(node.range, range).max
    const inner = this.#iterated(node, range, names)
    const body = this.estimate(node.body, inner)
    const filter = node.filter ? this.estimate(node.filter, inner).cost : 0
    const size: Amount = { min: 0, max: count }
    if (node.kind === 'sortBy') {
      const keys = 11 + times(count, body.cost + steps.list)
      const ordered = 12 + 2.1 * times(count, count)
      return { ...plain(listCost + range.cost + keys + ordered, size), element: elementSize(range) }
    }
    const each = body.cost + filter + steps[node.kind]
    const cost = range.cost + once[node.kind] + times(count, each)
    const isScalar = node.kind === 'all' || node.kind === 'exists' || node.kind === 'existsOne'
    if (isScalar) return plain(cost, exactly(1))
    const made = node.kind === 'filter' ? elementSize(range) : this.#sizeOf(node.body, body)
    return { ...plain(cost, size), element: made && { min: 0, max: made.max } }
  }

  /** The names of a fold: elements and keys have the sizes that their types declare. */
  #iterated(node: FoldNode, range: Estimated, names: Names | undefined): Names | undefined {
    const type = this.#settle(range.declared ?? node.range.type)
    const [first = '', second] = node.names
    const isMap = type.kind === 'map'
    const key =
      isMap && range.declared ? declaredAs(type.key, 1) : plain(1, isMap ? undefined : exactly(1))
    const elementType = isMap ? type.value : type.kind === 'list' ? type.element : undefined
    const value =
      range.declared && elementType
        ? declaredAs(elementType, 1)
        : { ...plain(1, elementSize(range) ?? exactly(0)), declared: undefined }
    const single = isMap ? key : value
    if (second === undefined) return { name: first, value: single, outer: names }
    return { name: second, value, outer: { name: first, value: key, outer: names } }
  }
}

const scalars: ReadonlySet<CelType['kind']> = new Set([
  'bool',
  'double',
  'duration',
  'int',
  'timestamp',
  'date',
  'uint',
])

const plain = (cost: number, size: Amount | undefined): Estimated => ({
  cost,
  declared: undefined,
  size,
  element: undefined,
})

/** Something of a declared type, which is nothing to read where it declares no size. */
const declaredAs = (type: CelType, cost: number): Estimated => ({
  cost,
  declared: type,
  size: { min: 0, max: type.maxSize ?? 0 },
  element: undefined,
})

function elementSize({ declared, element }: Estimated): Amount | undefined {
  if (element) return element
  if (declared?.kind === 'list') return { min: 0, max: declared.element.maxSize ?? 0 }
  return declared?.kind === 'map' ? { min: 0, max: declared.value.maxSize ?? 0 } : undefined
}

const total = (parts: readonly Estimated[]): number =>
  parts.reduce((whole, { cost }) => whole + cost, 0)

function unionOf(parts: readonly Estimated[]): Amount {
  const sizes = parts.map(({ size }) => size ?? unknownAmount)
  return sizes.length === 0 ? exactly(0) : sizes.reduce(either)
}

function constantOf(value: CelValue): Estimated {
  if (!(value instanceof CelList)) return plain(0, constantSize(value))
  // Upstream does not know yet that nothing has to be made.
  const elements = value.items.map(constantOf)
  return { ...plain(listCost + total(elements), exactly(value.size)), element: unionOf(elements) }
}

function constantSize(value: CelValue): Amount {
  if (typeof value === 'string') return exactly(countLetters(value))
  return exactly(value instanceof Uint8Array ? value.length : 1)
}
