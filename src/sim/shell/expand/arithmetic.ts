import { ShellError } from '../syntax/syntax.ts'

/** What an expression reads and sets. */
export interface Variables {
  get(name: string): string
  set(name: string, value: string): void
}

const token =
  /\s*(0[xX][\da-fA-F]+|\d+|\$?[A-Za-z_]\w*|<<=|>>=|\+\+|--|\*\*|<<|>>|[-+*/%&|^<>=!]=|&&|\|\||[-+*/%()<>!~&^|?:=,])/y

/** The operators that take two, from those that bind least. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** Brackets within brackets. */
const deepest = 200

/** `$((…))`: whole numbers with C's operators. @throws ShellError for what cannot be computed */
export function arithmetic(text: string, variables: Variables): number {
  const tokens = tokensOf(text)
  if (tokens.length === 0) return 0
  const expression = new Expression(tokens, variables, text)
  return expression.value()
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = []
  const whole = text.trim()
  for (let at = 0; at < whole.length; at = token.lastIndex) {
    token.lastIndex = at
    const found = token.exec(whole)?.[1]
    if (found === undefined) throw wrong('expecting primary', text)
    tokens.push(found.replace('$', ''))
  }
  return tokens
}

function wrong(what: string, text: string): ShellError {
  return new ShellError(`arithmetic expression: ${what}: "${text}"`)
}

class Expression {
  private at = 0
  private depth = 0
  /** Within what is read but not computed: the side of `?` or `&&` that does not count. */
  private idle = 0
  private readonly tokens: readonly string[]
  private readonly variables: Variables
  private readonly text: string

  constructor(tokens: readonly string[], variables: Variables, text: string) {
    this.tokens = tokens
    this.variables = variables
    this.text = text
  }

  value(): number {
    const value = this.list()
    if (this.at < this.tokens.length) throw wrong('expecting EOF', this.text)
    return value
  }

  private get next(): string {
    return this.tokens[this.at] ?? ''
  }

  private take(...wanted: readonly string[]): string | undefined {
    if (!wanted.includes(this.next) || this.next === '') return undefined
    return this.tokens[this.at++]
  }

  private list(): number {
    let value = this.assignment()
    while (this.take(',')) value = this.assignment()
    return value
  }

  private assignment(): number {
    const name = this.next
    const operator = this.tokens[this.at + 1] ?? ''
    const isAssignment =
      /^[A-Za-z_]/.test(name) && /^([-+*/%&|^]|<<|>>)?=$/.test(operator) && operator !== '=='
    if (!isAssignment) return this.choice()
    this.at += 2
    const given = this.assignment()
    const value =
      operator === '=' ? given : this.apply(operator.slice(0, -1), this.read(name), given)
    return this.write(name, value)
  }

  private choice(): number {
    const test = this.binary(0)
    if (!this.take('?')) return test
    const yes = this.unless(test === 0, () => this.list())
    if (!this.take(':')) throw wrong("expecting ':'", this.text)
    const no = this.unless(test !== 0, () => this.choice())
    return test === 0 ? no : yes
  }

  private unless(isIdle: boolean, read: () => number): number {
    this.idle += isIdle ? 1 : 0
    const value = read()
    this.idle -= isIdle ? 1 : 0
    return value
  }

  private binary(level: number): number {
    const operators = levels[level]
    if (!operators) return this.power()
    let left = this.binary(level + 1)
    for (;;) {
      const operator = this.take(...operators)
      if (operator === undefined) return left
      const isDecided = (operator === '&&' && left === 0) || (operator === '||' && left !== 0)
      left = this.apply(
        operator,
        left,
        this.unless(isDecided, () => this.binary(level + 1)),
      )
    }
  }

  private power(): number {
    const base = this.unary()
    return this.take('**') ? base ** this.power() : base
  }

  private unary(): number {
    if (++this.depth > deepest) throw new ShellError('Out of space')
    const value = this.primary()
    this.depth--
    return value
  }

  private primary(): number {
    if (this.take('-')) return -this.unary()
    if (this.take('+')) return this.unary()
    if (this.take('!')) return this.unary() === 0 ? 1 : 0
    if (this.take('~')) return ~this.unary()
    if (this.take('(')) {
      const inner = this.list()
      if (!this.take(')')) throw wrong("expecting ')'", this.text)
      return inner
    }
    if (/^\d/.test(this.next)) return numberOf(this.tokens[this.at++] ?? '')
    return this.variable()
  }

  /** A name, perhaps with a step before or after it. */
  private variable(): number {
    const before = this.take('++', '--')
    const name = this.name()
    const value = this.read(name)
    if (before !== undefined) return this.write(name, value + stepOf(before))
    const after = this.take('++', '--')
    if (after !== undefined) this.write(name, value + stepOf(after))
    return value
  }

  private name(): string {
    if (!/^[A-Za-z_]/.test(this.next)) throw wrong('expecting primary', this.text)
    return this.tokens[this.at++] ?? ''
  }

  private read(name: string): number {
    return numberOf(this.variables.get(name).trim())
  }

  private write(name: string, value: number): number {
    if (this.idle === 0) this.variables.set(name, String(value))
    return value
  }

  private apply(operator: string, a: number, b: number): number {
    if ((operator !== '/' && operator !== '%') || b !== 0) return compute(operator, a, b)
    if (this.idle > 0) return 0
    throw wrong('division by zero', this.text)
  }
}

const stepOf = (operator: string) => (operator === '++' ? 1 : -1)

function numberOf(text: string): number {
  if (/^[-+]?0\d+$/.test(text)) return Number.parseInt(text, 8)
  return /^0x/i.test(text) ? Number(text) : Number.parseInt(text, 10) || 0
}

function compute(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return Math.trunc(a / b)
    case '%':
      return a % b
    case '<<':
      return a * 2 ** b
    case '>>':
      return Math.floor(a / 2 ** b)
    case '&':
      return Number(BigInt(Math.trunc(a)) & BigInt(Math.trunc(b)))
    case '|':
      return Number(BigInt(Math.trunc(a)) | BigInt(Math.trunc(b)))
    case '^':
      return Number(BigInt(Math.trunc(a)) ^ BigInt(Math.trunc(b)))
    case '&&':
      return Number(a !== 0 && b !== 0)
    case '||':
      return Number(a !== 0 || b !== 0)
    default:
      return Number(compare(operator, a, b))
  }
}

function compare(operator: string, a: number, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '>':
      return a > b
    case '<=':
      return a <= b
    default:
      return a >= b
  }
}
