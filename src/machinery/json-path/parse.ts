/** One step of a path, from a value to some of what it holds. */
export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'every' }
  | { readonly kind: 'deep' }
  | {
      readonly kind: 'slice'
      readonly from: number | undefined
      readonly to: number | undefined
      readonly by: number
    }
  | { readonly kind: 'union'; readonly of: readonly (readonly Step[])[] }
  | {
      readonly kind: 'filter'
      readonly left: Operand
      readonly right: Operand | undefined
      readonly test: string
    }

/** A side of a comparison: a value, or where one is found. */
type Operand =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }

const maxLength = 4096

/** The steps of a path. @throws Error for what is no path. */
export function parseSteps(text: string): readonly Step[] {
  if (text.length > maxLength) throw new Error('the path is too long')
  const steps: Step[] = []
  let at = text.startsWith('$') || text.startsWith('@') ? 1 : 0
  while (at < text.length) {
    const { step, end } = stepAt(text, at)
    if (step) steps.push(step)
    at = end
  }
  return steps
}

/** The step that begins at a place, and where the next one does; a dot before a bracket is none. */
function stepAt(text: string, at: number): { readonly step?: Step; readonly end: number } {
  if (text.startsWith('..', at)) {
    return { step: { kind: 'deep' }, end: at + (text[at + 2] === '[' ? 2 : 1) }
  }
  if (text[at] === '[') {
    const end = closingOf(text, at)
    return { step: bracketStep(text.slice(at + 1, end).trim()), end: end + 1 }
  }
  if (text[at] !== '.' && at > 0) throw new Error(`unrecognized character in path: ${text}`)
  const start = text[at] === '.' ? at + 1 : at
  const end = endOfName(text, start)
  return end > start ? { step: nameStep(text.slice(start, end)), end } : { end }
}

function nameStep(name: string): Step {
  return name === '*' ? { kind: 'every' } : { kind: 'field', name: name.replace(/\\(.)/gs, '$1') }
}

/** A backslash takes the meaning from what follows it. */
function endOfName(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== '.' && text[at] !== '[') at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length)
}

/** Where a bracket closes that opens at a place; quotes hide brackets. */
function closingOf(text: string, start: number): number {
  for (const { at, character, depth } of outsideQuotes(text, start)) {
    if (character === ']' && depth === 0) return at
  }
  throw new Error(`unterminated array: ${text}`)
}

const quotedOrOne = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|./gs
const depths: Readonly<Record<string, number>> = { '[': 1, '(': 1, ']': -1, ')': -1 }

/** The characters that stand in no quotes, each with how many brackets are open after it. */
function* outsideQuotes(text: string, start = 0) {
  let depth = 0
  for (const { 0: character, index } of text.slice(start).matchAll(quotedOrOne)) {
    depth += depths[character] ?? 0
    if (character.length === 1) yield { at: start + index, character, depth }
  }
}

function bracketStep(inside: string): Step {
  const filter = /^\?\((.*)\)$/s.exec(inside)?.[1]
  if (filter !== undefined) return filterStep(filter)
  const parts = splitOutside(inside, ',')
  if (parts.length > 1) {
    return { kind: 'union', of: parts.map((part) => [bracketStep(part.trim())]) }
  }
  if (inside === '*') return { kind: 'every' }
  const name = unquoted(inside)
  return name === undefined ? sliceStep(inside) : { kind: 'field', name }
}

function sliceStep(inside: string): Step {
  const numbers = inside.split(':').map((text) => (text === '' ? undefined : Number(text)))
  const [from, to, by = 1] = numbers
  const isKnown = numbers.every((each) => each === undefined || Number.isInteger(each))
  if (inside === '' || numbers.length > 3 || !isKnown) {
    throw new Error(`invalid array index [${inside}]`)
  }
  if (by <= 0) throw new Error(`step must be > 0: [${inside}]`)
  if (numbers.length > 1) return { kind: 'slice', from, to, by }
  return { kind: 'slice', from, to: from === -1 ? undefined : (from ?? 0) + 1, by }
}

function filterStep(text: string): Step {
  const operators = ['==', '!=', '<=', '>=', '<', '>']
  const found = operators
    .map((test) => ({ test, parts: splitOutside(text, test) }))
    .find(({ parts }) => parts.length === 2)
  if (!found) return { kind: 'filter', left: operandOf(text.trim()), right: undefined, test: '' }
  const [left = '', right = ''] = found.parts
  const test = found.test
  return { kind: 'filter', left: operandOf(left.trim()), right: operandOf(right.trim()), test }
}

function operandOf(text: string): Operand {
  const name = unquoted(text)
  if (name !== undefined) return { kind: 'literal', value: name }
  if (/^-?\d+(\.\d+)?$/.test(text)) return { kind: 'literal', value: Number(text) }
  if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' }
  if (/^[@$.]/.test(text)) return { kind: 'path', steps: parseSteps(text) }
  throw new Error(`unrecognized operand in filter: ${text}`)
}

function unquoted(text: string): string | undefined {
  const [, , inside] = /^(["'])(.*)\1$/s.exec(text) ?? []
  return inside?.replace(/\\(.)/gs, '$1')
}

/** Parts between separators that stand in no quotes and no brackets. */
function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  for (const { at, depth } of outsideQuotes(text)) {
    if (depth > 0 || at < start || !text.startsWith(separator, at)) continue
    parts.push(text.slice(start, at))
    start = at + separator.length
  }
  return [...parts, text.slice(start)]
}
