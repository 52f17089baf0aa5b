/** A bracket expression of POSIX: `[a-z]`, `[!0-9]`, `[[:alpha:]_]`. */
export interface Bracket {
  readonly isNegated: boolean
  /** The code units between each pair, both included. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

const classes: Readonly<Record<string, readonly string[]>> = {
  alnum: ['09', 'AZ', 'az'],
  alpha: ['AZ', 'az'],
  blank: ['  ', '\t\t'],
  cntrl: ['\u0000\u001f', '\u007f\u007f'],
  digit: ['09'],
  graph: ['!~'],
  lower: ['az'],
  print: [' ~'],
  punct: ['!/', ':@', '[`', '{~'],
  space: ['\t\r', '  '],
  upper: ['AZ'],
  xdigit: ['09', 'AF', 'af'],
}

/** Longer bracket expressions are none: who looks for the end of one looks no further. */
const longest = 1024

/**
 * Finds where a bracket expression ends that begins at `at`: the index of its closing bracket, or -1 when
 * there is none and the opening one stands for itself. One of `negations` may follow the opening one.
 */
export function bracketEnd(text: string, at: number, negations = '!^'): number {
  const near = text.slice(at, at + longest)
  let index = near.length > 1 && negations.includes(near[1] ?? '') ? 2 : 1
  // A bracket that closes at once stands for itself.
  if (near[index] === ']') index++
  for (;;) {
    const close = near.indexOf(']', index)
    const open = near.indexOf('[:', index)
    if (close < 0) return -1
    if (open < 0 || open > close) return at + close
    index = open + (className(near, open)?.length ?? -2) + 4
  }
}

/** The name of a class such as `[:alpha:]` that begins at an index; undefined when none does. */
function className(text: string, at: number): string | undefined {
  return /^\[:(\w{1,8}):\]/.exec(text.slice(at, at + 12))?.[1]
}

/**
 * Reads what stands between brackets, which one of `negations` turns round; undefined for a range that runs
 * backwards or a class that is none.
 */
export function readBracket(inner: string, negations = '!^'): Bracket | undefined {
  const isNegated = inner !== '' && negations.includes(inner[0] ?? '')
  const ranges: Range[] = []
  let at = isNegated ? 1 : 0
  while (at < inner.length) {
    const { found, length } = itemAt(inner, at)
    if (found === undefined) return undefined
    ranges.push(...found)
    at += length
  }
  return { isNegated, ranges }
}

type Range = readonly [from: number, to: number]

function itemAt(
  inner: string,
  at: number,
): { readonly found?: readonly Range[]; readonly length: number } {
  const name = className(inner, at)
  if (name !== undefined) {
    const found = classes[name]?.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const)
    return { ...(found ? { found } : {}), length: name.length + 4 }
  }
  const from = inner.charCodeAt(at)
  if (inner[at + 1] !== '-' || at + 2 >= inner.length) return { found: [[from, from]], length: 1 }
  const to = inner.charCodeAt(at + 2)
  return to < from ? { length: 3 } : { found: [[from, to]], length: 3 }
}

/** Tells whether a bracket expression fits a code unit. */
export function bracketFits({ isNegated, ranges }: Bracket, unit: number): boolean {
  return ranges.some(([from, to]) => unit >= from && unit <= to) !== isNegated
}

/** Writes a bracket expression for a regular-expression engine, every letter by its number. */
export function bracketSource({ isNegated, ranges }: Bracket): string {
  const code = (unit: number) => `\\x{${unit.toString(16)}}`
  const inside = ranges.map(([from, to]) =>
    from === to ? code(from) : `${code(from)}-${code(to)}`,
  )
  return `[${isNegated ? '^' : ''}${inside.join('')}]`
}
