import type { CelNode, FoldNode } from '../compile/node.ts'
import { functions } from '../library/table.ts'
import { CelError } from '../values/cel-error.ts'
import { celKey } from '../values/equal.ts'
import { type CelKey, CelList, CelMap, type CelValue, typeNameOf } from '../values/values.ts'
import type { CostMeter } from './budget.ts'
import { callCost, listCost, mapCost } from './call-cost.ts'
import { fits } from './dispatch.ts'

/** One step through a range: what is looked at, its key, and the names it has. */
export interface Iteration {
  readonly item: CelValue
  readonly key: CelValue
  readonly frame: { name: string; value: CelValue; outer: Iteration['frame'] | undefined }
}

type Evaluate = (part: CelNode, frame: Iteration['frame']) => CelValue

/** What upstream counts for the loop that a macro stands for, for each step and at the end. */
const quantifierStep = { all: 3, exists: 4 }
const appending = 2 + listCost
const keeping = 1
const inserting = 3

/** Goes through a range and gives what the fold makes of it. */
export function foldInto(
  node: FoldNode,
  steps: Iterable<Iteration>,
  meter: CostMeter,
  evaluate: Evaluate,
): CelValue {
  meter.charge(1)
  switch (node.kind) {
    case 'all':
      return quantified(node.body, false, { steps, meter, evaluate, perStep: quantifierStep.all })
    case 'exists':
      return quantified(node.body, true, { steps, meter, evaluate, perStep: quantifierStep.exists })
    case 'existsOne':
      return countIsOne(node.body, { steps, meter, evaluate })
    case 'filter':
      return new CelList(
        Array.from(kept(node.body, { steps, meter, evaluate }), ({ item }) => {
          meter.charge(appending + 1)
          return item
        }),
      )
    case 'list':
      return new CelList(
        Array.from(kept(node.filter, { steps, meter, evaluate }), ({ frame }) => {
          meter.charge(appending)
          return evaluate(node.body, frame)
        }),
      )
    case 'map':
    case 'entries':
      return mapOf(node, { steps, meter, evaluate })
    case 'sortBy':
      return sorted(node.body, { steps, meter, evaluate })
  }
}

interface Loop {
  readonly steps: Iterable<Iteration>
  readonly meter: CostMeter
  readonly evaluate: Evaluate
}

function boolean(value: CelValue, operator: string): boolean {
  if (typeof value === 'boolean') return value
  throw new CelError(`no such overload: ${operator}(${typeNameOf(value)})`)
}

/** Stops at the first that decides, which absorbs errors of the others. */
function quantified(
  body: CelNode,
  deciding: boolean,
  { steps, meter, evaluate, perStep }: Loop & { readonly perStep: number },
): boolean {
  let failure: CelError | undefined
  for (const { frame } of steps) {
    meter.charge(perStep)
    try {
      if (boolean(evaluate(body, frame), deciding ? '_||_' : '_&&_') === deciding) return deciding
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      failure ??= error
    }
  }
  if (failure) throw failure
  return !deciding
}

function countIsOne(body: CelNode, { steps, meter, evaluate }: Loop): boolean {
  let count = 0
  for (const { frame } of steps) {
    const holds = boolean(evaluate(body, frame), '_?_:_')
    meter.charge(holds ? 2 : keeping)
    if (holds) count++
  }
  meter.charge(1)
  return count === 1
}

function* kept(filter: CelNode | undefined, { steps, meter, evaluate }: Loop): Iterable<Iteration> {
  for (const step of steps) {
    if (!filter || boolean(evaluate(filter, step.frame), '_?_:_')) yield step
    else meter.charge(keeping)
  }
}

function mapOf(node: FoldNode, loop: Loop): CelMap {
  const { meter, evaluate } = loop
  meter.charge(mapCost)
  const made = new Map<CelKey, CelValue>()
  const insert = (key: CelValue, value: CelValue): void => {
    const wanted = celKey(key)
    if (wanted === undefined) throw new CelError('unsupported key type')
    if (made.has(wanted)) throw new CelError(`insert failed: key ${String(wanted)} already exists`)
    made.set(wanted, value)
  }
  for (const { key, frame } of kept(node.filter, loop)) {
    meter.charge(inserting)
    const value = evaluate(node.body, frame)
    if (node.kind === 'map') insert(key, value)
    else if (value instanceof CelMap) {
      for (const entry of value.keys) insert(entry, value.get(entry) ?? null)
    } else throw new CelError(`no such overload: cel.@mapInsert(map, ${typeNameOf(value)})`)
  }
  return new CelMap(made)
}

function sorted(body: CelNode, { steps, meter, evaluate }: Loop): CelValue {
  const items: CelValue[] = []
  const keys: CelValue[] = []
  for (const { item, frame } of steps) {
    meter.charge(appending)
    items.push(item)
    keys.push(evaluate(body, frame))
  }
  const args = [new CelList(items), new CelList(keys)]
  meter.charge(callCost('@sortByAssociatedKeys', args))
  const overload = functions
    .get('@sortByAssociatedKeys')
    ?.find(({ parameters }) => parameters.every((type, i) => fits(type, args[i] ?? null)))
  if (!overload) throw new CelError('list elements must be comparable')
  return overload.call(args)
}
