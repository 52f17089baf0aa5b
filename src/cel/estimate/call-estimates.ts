import type { CallNode } from '../compile/node.ts'
import type { CelType } from '../values/cel-type.ts'
import { type Amount, exactly, product, scaled, sum, times, unknownAmount } from './amounts.ts'

/** What a call costs at most beside its arguments, and how large its result may be. */
export interface CallEstimate {
  readonly cost: number
  readonly size?: Amount
}

/** What is known of an argument: its type, its size, and its value where that is a whole number. */
export interface Argument {
  readonly type: CelType
  readonly size: Amount
  /** The size of an element, where it is a list. */
  readonly element: Amount
  readonly whole: number | undefined
}

const perLetter = 0.1
const perRegexLetter = 0.25
const listCost = 10
const structCost = 40
const authorizationCost = 350_000
/** The larger of the sizes of addresses, in bytes. */
const addressSize = 16
/** The longest regular expression of a named format. */
const longestFormat = 128

type Estimate = (args: readonly Argument[], node: CallNode) => CallEstimate

const none: Argument = {
  type: { kind: 'dyn' },
  size: unknownAmount,
  element: unknownAmount,
  whole: undefined,
}
const at = (args: readonly Argument[], index: number): Argument => args[index] ?? none

const reading =
  (index: number, factor = 1): Estimate =>
  (args) => ({ cost: scaled(at(args, index).size.max, perLetter * factor) })

/** Reads a text and gives one that is as long at most. */
const rewriting: Estimate = (args) => {
  const { size } = at(args, 0)
  return { cost: scaled(size.max, perLetter), size }
}

/** Compares each element of a list, or reads a text. */
const searching: Estimate = (args) => {
  const { type, size, element } = at(args, 0)
  if (type.kind !== 'list') return { cost: scaled(size.max, perLetter) }
  const { kind } = type.element
  const each = kind === 'string' || kind === 'bytes' ? scaled(element.max, perLetter) : 0
  return { cost: times(size.max, 1 + each) }
}

const matching: Estimate = (args) => {
  const text = scaled(at(args, 0).size.max + 1, perLetter)
  return { cost: times(text, scaled(at(args, 1).size.max, perRegexLetter)) }
}

const finding: Estimate = (args, node) => ({
  ...matching(args, node),
  size: { min: 0, max: at(args, 0).size.max },
})

const selecting: Estimate = (args) => {
  const { max } = at(args, 1).size
  const requirements = scaled(scaled(max, 0.5), listCost + structCost)
  return { cost: listCost + scaled(max, perLetter) + requirements }
}

/** A list that is made of so many elements. */
const making = (size: Amount, factor = 1): CallEstimate => ({
  cost: scaled(size.max, factor) + 1 + listCost,
  size,
})

/** Each element may be compared with each other. */
const ordering: Estimate = (args) => {
  const list = args.at(-1) ?? none
  const isText = list.type.kind === 'list' && list.type.element.kind === 'string'
  return { ...making(product(list.size, list.size), isText ? 2.1 : 2), size: at(args, 0).size }
}

const setEstimate =
  (factor: number): Estimate =>
  (args) => ({
    cost: scaled(times(at(args, 0).size.max, at(args, 1).size.max), factor) + 1,
  })

const replacing: Estimate = (args) => {
  const [{ size }, { size: old }, { size: by }] = [at(args, 0), at(args, 1), at(args, 2)]
  const mostTimes =
    old.min === 0 ? size.max + 1 : by.max <= old.min ? 0 : Math.ceil(size.max / old.min)
  const leastTimes =
    old.max === 0 ? size.min + 1 : by.min >= old.max ? Math.ceil(size.min / old.max) : 0
  const longest = Math.max(size.max, size.max + times(mostTimes, by.max))
  return {
    cost: scaled(size.max, 2 * perLetter),
    size: { min: times(leastTimes, by.min), max: longest },
  }
}

const splitting: Estimate = (args) => {
  const { size } = at(args, 0)
  const max = at(args, 2).whole ?? size.max
  return { cost: scaled(size.max, 2 * perLetter), size: { min: 0, max } }
}

const joining: Estimate = (args) => {
  const { size: list, element } = at(args, 0)
  const separators = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) }
  const separator = args.length > 1 ? product(at(args, 1).size, separators) : exactly(0)
  const size = sum(product(list, element), separator)
  return { cost: scaled(size.max, perLetter), size }
}

const withText = (args: readonly Argument[]): number =>
  at(args, 1).type.kind === 'string' ? scaled(at(args, 1).size.max, perLetter) : 0

/** Whether one of the overloads takes this kind first. */
const takes = ({ overloads }: CallNode, kinds: readonly CelType['kind'][]): boolean =>
  overloads.some(({ parameters: [first] }) => first !== undefined && kinds.includes(first.kind))

const adding: Estimate = (args, node) => {
  const size = sum(at(args, 0).size, at(args, 1).size)
  if (takes(node, ['string', 'bytes'])) return { cost: scaled(size.max, perLetter), size }
  return takes(node, ['list']) ? { cost: 1, size } : { cost: 1 }
}

/** Formats have names of this length at most. */
const longestName = 64

const comparing: Estimate = (args) => {
  const { type, size } = at(args, 0)
  if (type.kind === 'opaque') {
    return { cost: type.name === 'kubernetes.NamedFormat' ? scaled(longestName, perLetter) : 1 }
  }
  return { cost: scaled(Math.min(size.max, at(args, 1).size.max), perLetter) }
}

const comparingTexts: Estimate = (args, node) =>
  takes(node, ['string', 'bytes']) ? comparing(args, node) : { cost: 1 }

const estimates: Readonly<Record<string, Estimate>> = {
  check: () => ({ cost: authorizationCost }),
  fieldSelector: selecting,
  labelSelector: selecting,
  isSorted: searching,
  sum: searching,
  min: searching,
  max: searching,
  indexOf: searching,
  lastIndexOf: searching,
  url: rewriting,
  lowerAscii: rewriting,
  upperAscii: rewriting,
  substring: rewriting,
  trim: rewriting,
  replace: replacing,
  split: splitting,
  join: joining,
  find: finding,
  findAll: finding,
  matches: matching,
  cidr: reading(0),
  isIP: reading(0),
  isCIDR: reading(0),
  quantity: reading(0),
  isQuantity: reading(0),
  semver: reading(0),
  isSemver: reading(0),
  ip: (args, node) => (takes(node, ['string']) ? reading(0)(args, node) : { cost: 1 }),
  'ip.isCanonical': reading(0, 2),
  containsIP: (args) => ({ cost: scaled(2 * addressSize, perLetter) + withText(args) }),
  containsCIDR: (args) => ({
    cost: scaled(2 * addressSize, perLetter) + scaled(addressSize, perLetter) + 1 + withText(args),
  }),
  validate: (args) => ({
    cost: scaled(scaled(at(args, 1).size.max, perLetter), longestFormat * perRegexLetter),
  }),
  slice: (args) => {
    const [start, end] = [at(args, 1).whole ?? 0, at(args, 2).whole ?? at(args, 0).size.max]
    return making(exactly(Math.max(0, end - start)))
  },
  'lists.range': (args) => making(exactly(at(args, 0).whole ?? Number.POSITIVE_INFINITY)),
  reverse: (args) => making(at(args, 0).size),
  flatten: (args) => {
    const depth = args.length > 1 ? (at(args, 1).whole ?? Number.POSITIVE_INFINITY) : 1
    return making(at(args, 0).size, depth)
  },
  distinct: ordering,
  sort: ordering,
  '@sortByAssociatedKeys': ordering,
  'sets.contains': setEstimate(1),
  'sets.intersects': setEstimate(1),
  'sets.equivalent': setEstimate(2),
  format: reading(0),
  'strings.quote': (args) => {
    const { min, max } = at(args, 0).size
    return { cost: scaled(max, perLetter), size: { min: min + 2, max: 2 * max + 2 } }
  },
  bytes: (args, node) => {
    const { min, max } = at(args, 0).size
    if (!takes(node, ['string'])) return { cost: 1 }
    return { cost: scaled(max, perLetter), size: { min, max: 4 * max } }
  },
  string: (args, node) => {
    const { min, max } = at(args, 0).size
    if (!takes(node, ['bytes'])) return { cost: 1 }
    return { cost: scaled(max, perLetter), size: { min: min / 4, max } }
  },
  startsWith: reading(1),
  endsWith: reading(1),
  contains: (args) => ({
    cost: times(scaled(at(args, 0).size.max, perLetter), scaled(at(args, 1).size.max, perLetter)),
  }),
  '@in': (args, node) => ({
    cost: node.overloads.some(({ parameters }) => parameters[1]?.kind === 'list')
      ? at(args, 1).size.max
      : 1,
  }),
  '_+_': adding,
  '_==_': comparing,
  '_!=_': comparing,
  '_<_': comparingTexts,
  '_<=_': comparingTexts,
  '_>_': comparingTexts,
  '_>=_': comparingTexts,
  '_[_]': (args) => ({ cost: 1, size: at(args, 0).element }),
  dyn: (args) => ({ cost: 1, size: at(args, 0).size }),
}

/** What a call costs at most, by upstream's estimates. */
export function estimateCall(node: CallNode, args: readonly Argument[]): CallEstimate {
  const estimate = Object.hasOwn(estimates, node.name) ? estimates[node.name] : undefined
  return estimate?.(args, node) ?? { cost: 1 }
}
