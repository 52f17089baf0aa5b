import { type Structural, schemaOfOthers } from './structural.ts'

/** What a path leads to, or why it leads nowhere, in upstream's words. */
export type SchemaAt =
  | { readonly node: Structural; readonly fieldPath: readonly string[] }
  | Refused

/**
 * Follows a path of fields and keys, `.spec.a['b']`, through a schema. Brackets can be ruled out. A path
 * that leads to what has no schema of its own is refused.
 */
export function schemaAt(
  structural: Structural,
  path: string,
  { allowsBrackets = true }: { readonly allowsBrackets?: boolean } = {},
): SchemaAt {
  const tokens = tokensOf(path)
  const fieldPath: string[] = []
  let node = structural
  for (let at = 0; at < tokens.length; ) {
    if (tokens[at] === '[' && !allowsBrackets) return refused('array notation is not allowed')
    const step = tokens[at] === '[' ? keyAt(node, tokens, at) : nameAt(node, tokens, at)
    if ('refusal' in step) return step
    fieldPath.push(step.name)
    node = step.node
    at += step.length
  }
  return { node, fieldPath }
}

/** One step of a path: what it is called, where it leads, and how many tokens it takes. */
interface Step {
  readonly name: string
  readonly node: Structural
  readonly length: number
}

interface Refused {
  readonly refusal: string
}

/** Where there are properties, nothing else counts. */
function memberOf(node: Structural, name: string): Structural | Refused {
  const member = node.properties.size > 0 ? node.properties.get(name) : schemaOfOthers(node)
  return member ?? refused('does not refer to a valid field')
}

/** Behind a dot. */
function nameAt(node: Structural, tokens: readonly string[], at: number): Step | Refused {
  if (tokens[at] !== '.') return refused(`expected [ or . but got: ${tokens[at]}`)
  const name = tokens[at + 1]
  if (name === undefined) return ended
  const member = memberOf(node, name)
  return 'refusal' in member ? member : { name, node: member, length: 2 }
}

/** Behind a bracket, between quotes. */
function keyAt(node: Structural, tokens: readonly string[], at: number): Step | Refused {
  const [, token, end] = tokens.slice(at, at + 3)
  if (token === undefined) return ended
  const name = unquoted(token)
  if (typeof name !== 'string') return name
  const member = memberOf(node, name)
  if ('refusal' in member) return member
  if (end === undefined) return ended
  return end === ']' ? { name, node: member, length: 3 } : refused(`expected ] but got ${end}`)
}

const ended: Refused = { refusal: 'unexpected end of JSON path' }

function refused(refusal: string): Refused {
  return { refusal }
}

function unquoted(token: string): string | Refused {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    return refused(`expected single quoted string but got ${token}`)
  }
  const text = token.slice(1, -1)
  if (/\\(?![\\'])/.test(text)) return refused('invalid string literal: invalid syntax')
  return text.replace(/\\(.)/g, '$1')
}

/** Dots and brackets stand alone; between quotes they mean nothing. */
function tokensOf(path: string): readonly string[] {
  return path.match(/'(?:\\.|[^'\\])*'|[.[\]]|[^.[\]]+/gs) ?? []
}
