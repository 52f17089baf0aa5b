import { aggregateMessage, type FieldError, invalidField } from '../fields/field-errors.ts'
import { type FieldPath, fieldPath } from '../fields/field-path.ts'
import { checkLabelValue, checkQualifiedName } from '../validation/names.ts'
import {
  type LabelOperator,
  parseInteger,
  type Requirement,
  type Selector,
  selectorOf,
} from './label-selector.ts'

/**
 * Reads the grammar of `labelSelector` parameters: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>3`.
 * @throws Error with the text of apimachinery's `labels.Parse`; the API answers it with 400.
 */
export function parseLabelSelector(text: string): Selector {
  const tokens = tokenize(text)
  const requirements: Requirement[] = []
  let token = tokens.peek()
  while (token.kind !== 'end') {
    if (!startsRequirement(token)) {
      throw new Error(`found '${token.text}', expected: !, identifier, or 'end of string'`)
    }
    requirements.push(parseRequirementInContext(tokens))
    const separator = tokens.next()
    if (separator.kind === 'end') break
    if (separator.text !== ',') {
      throw new Error(`found '${separator.text}', expected: ',' or 'end of string'`)
    }
    token = tokens.peek()
    if (!startsRequirement(token)) {
      throw new Error(`found '${token.text}', expected: identifier after ','`)
    }
  }
  return selectorOf(requirements)
}

interface Token {
  /** Words `in` and `notin` are words; only their place makes them operators. */
  readonly kind: 'word' | 'symbol' | 'end'
  readonly text: string
}

interface Tokens {
  peek(): Token
  next(): Token
}

const end: Token = { kind: 'end', text: '' }

function tokenize(text: string): Tokens {
  const found = [...text.matchAll(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g)].map<Token>(([part]) => ({
    kind: /^[=!(),<>]/.test(part) ? 'symbol' : 'word',
    text: part,
  }))
  let position = 0
  return { peek: () => found[position] ?? end, next: () => found[position++] ?? end }
}

function startsRequirement(token: Token): boolean {
  return token.kind === 'word' || token.text === '!'
}

function parseRequirementInContext(tokens: Tokens): Requirement {
  try {
    return parseRequirement(tokens)
  } catch (error) {
    throw new Error(`unable to parse requirement: ${(error as Error).message}`)
  }
}

function parseRequirement(tokens: Tokens): Requirement {
  const negated = tokens.peek().text === '!'
  if (negated) tokens.next()
  const token = tokens.next()
  if (token.kind !== 'word') throw new Error(`found '${token.text}', expected: identifier`)
  const key = token.text
  const keyError = checkKey(key, fieldPath())
  if (keyError) throw new Error(aggregateMessage([keyError]))
  const following = tokens.peek()
  if (following.kind === 'end' || following.text === ',') {
    return { key, operator: negated ? '!' : 'exists', values: [] }
  }
  if (negated) return checked({ key, operator: '!', values: [] })
  const operator = parseOperator(tokens.next())
  const values = operator === 'in' || operator === 'notin' ? parseSet(tokens) : [parseExact(tokens)]
  return checked({ key, operator, values: [...new Set(values)].sort() })
}

const operatorByText: Readonly<Record<string, LabelOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
}

function parseOperator(token: Token): LabelOperator {
  const operator = Object.hasOwn(operatorByText, token.text)
    ? operatorByText[token.text]
    : undefined
  if (operator) return operator
  throw new Error(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`)
}

/** `(x,,y)`: values may be empty, also between commas. */
function parseSet(tokens: Tokens): string[] {
  const open = tokens.next()
  if (open.text !== '(') throw new Error(`found '${open.text}' expected: '('`)
  const first = tokens.peek()
  if (first.kind !== 'word' && first.text !== ',' && first.text !== ')') {
    throw new Error(`found '${first.text}', expected: ',', ')' or identifier`)
  }
  const values: string[] = []
  for (;;) {
    const value = tokens.peek().kind === 'word' ? tokens.next().text : ''
    values.push(value)
    const separator = tokens.next()
    if (separator.text === ')') return values
    if (separator.text === ',') continue
    const expected = value === '' ? "',', or identifier" : "',' or ')'"
    throw new Error(`found '${separator.text}', expected: ${expected}`)
  }
}

function parseExact(tokens: Tokens): string {
  const token = tokens.peek()
  if (token.kind === 'end' || token.text === ',') return ''
  tokens.next()
  if (token.kind === 'word') return token.text
  throw new Error(`found '${token.text}', expected: identifier`)
}

/** The rules that a requirement must keep whatever its source (apimachinery's `NewRequirement`). */
function checked(requirement: Requirement): Requirement {
  const values = fieldPath('values')
  const errors = requirement.values.flatMap((value, i) => {
    const isInteger = parseInteger(value) !== undefined
    const needsInteger = requirement.operator === 'gt' || requirement.operator === 'lt'
    const rule = "for 'Gt', 'Lt' operators, the value must be an integer"
    return [
      ...(needsInteger && !isInteger ? [invalidField(values.index(i), value, rule)] : []),
      ...checkValue(value, values.index(i).key(requirement.key)),
    ]
  })
  if (errors.length > 0) throw new Error(aggregateMessage(errors))
  return requirement
}

function checkKey(key: string, path: FieldPath): FieldError | undefined {
  const messages = checkQualifiedName(key)
  return messages.length === 0 ? undefined : invalidField(path, key, messages.join('; '))
}

function checkValue(value: string, path: FieldPath): FieldError[] {
  const messages = checkLabelValue(value)
  return messages.length === 0 ? [] : [invalidField(path, value, messages.join('; '))]
}
