import {
  type AndOr,
  type ArrayAssignment,
  type CaseClause,
  type Command,
  type IfClause,
  type Part,
  type Pipeline,
  type Redirect,
  type Script,
  ShellSyntaxError,
  type SimpleCommand,
  type Word,
} from './syntax.ts'
import { type Reading, type Token, tokensOf } from './tokens.ts'

/** Reads a script; of a partial one more may come. @throws ShellSyntaxError */
export function parseScript(source: string, reading: Reading = {}): Script {
  const within = (inner: string, depth: number) => parseScript(inner, { depth })
  const parser = new Parser(tokensOf(source, within, reading))
  const script = parser.script([])
  parser.expectEnd()
  return script
}

const closers = ['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}']

class Parser {
  private at = 0
  private readonly tokens: readonly Token[]

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  script(ends: readonly string[]): Script {
    const list: AndOr[] = []
    for (;;) {
      while (this.takeOperator(';') || this.takeOperator('\n'));
      if (this.isOver(ends)) return list
      const andOr = this.andOr()
      const background = this.takeOperator('&')
      list.push({ ...andOr, background })
      const isSeparated = background || this.isOperator(';') || this.isOperator('\n')
      if (!isSeparated && !this.isOver(ends)) throw this.unexpected()
    }
  }

  expectEnd(): void {
    if (this.token.kind !== 'end') throw this.unexpected()
  }

  private get token(): Token {
    return this.tokens[this.at] ?? { kind: 'end' }
  }

  private isOver(ends: readonly string[]): boolean {
    const { token } = this
    if (token.kind === 'end') return true
    if (token.kind === 'operator') return token.text === ')' || token.text === ';;'
    if (token.kind === 'arithmetic') return false
    return ends.includes(token.plain ?? '')
  }

  private andOr(): Omit<AndOr, 'background'> {
    const first = this.pipeline()
    const rest: AndOr['rest'][number][] = []
    for (;;) {
      const operator = this.takeOperator('&&') ? '&&' : this.takeOperator('||') ? '||' : undefined
      if (operator === undefined) return { first, rest }
      this.skipNewlines()
      rest.push({ operator, pipeline: this.pipeline() })
    }
  }

  private pipeline(): Pipeline {
    const negated = this.takeWord('!')
    const commands = [this.command()]
    while (this.takeOperator('|')) {
      this.skipNewlines()
      commands.push(this.command())
    }
    return { negated, commands }
  }

  /** A command; `done < file` and its like redirect the whole of one. */
  private command(): Command {
    const command = this.plainCommand()
    const redirects = command.kind === 'simple' ? [] : this.redirects()
    if (redirects.length === 0) return command
    const pipeline = { negated: false, commands: [command] }
    return { kind: 'group', body: [{ first: pipeline, rest: [], background: false }], redirects }
  }

  private plainCommand(): Command {
    if (this.token.kind === 'arithmetic') return this.arithmeticCommand(this.token.parts)
    if (this.takeOperator('(')) return this.enclosed('subshell', () => this.needOperator(')'))
    if (this.takeWord('{')) return this.enclosed('group', () => this.needWord('}'), ['}'])
    if (this.takeWord('if')) return this.ifCommand()
    if (this.takeWord('while')) return this.loop(false)
    if (this.takeWord('until')) return this.loop(true)
    if (this.takeWord('for')) return this.forCommand()
    if (this.takeWord('case')) return this.caseCommand()
    return this.functionOrSimple()
  }

  private arithmeticCommand(parts: readonly Word[]): Command {
    if (parts.length !== 1) throw this.unexpected()
    this.at++
    return { kind: 'arithmetic', text: parts[0] ?? [] }
  }

  private enclosed(
    kind: 'subshell' | 'group',
    close: () => void,
    ends: readonly string[] = [],
  ): Command {
    const body = this.script(ends)
    close()
    return { kind, body, redirects: this.redirects() }
  }

  private ifCommand(): Command {
    const clauses: IfClause[] = []
    do {
      const test = this.script(['then'])
      this.needWord('then')
      clauses.push({ test, body: this.script(['elif', 'else', 'fi']) })
    } while (this.takeWord('elif'))
    const otherwise = this.takeWord('else') ? this.script(['fi']) : undefined
    this.needWord('fi')
    return { kind: 'if', clauses, ...(otherwise ? { otherwise } : {}) }
  }

  private loop(until: boolean): Command {
    const test = this.script(['do'])
    return { kind: 'while', until, test, body: this.doBody() }
  }

  private doBody(): Script {
    this.skipSeparators()
    this.needWord('do')
    const body = this.script(['done'])
    this.needWord('done')
    return body
  }

  private forCommand(): Command {
    const { token } = this
    if (token.kind === 'arithmetic') return this.countCommand(token.parts)
    if (token.kind !== 'word') throw new ShellSyntaxError('Syntax error: Bad for loop variable')
    const name = this.name()
    let words: Word[] | undefined
    if (this.takeWord('in')) {
      words = []
      while (this.token.kind === 'word') words.push(this.word())
    }
    return { kind: 'for', name, ...(words ? { words } : {}), body: this.doBody() }
  }

  private countCommand([first = [], test = [], step = [], ...more]: readonly Word[]): Command {
    if (more.length > 0) throw this.unexpected()
    this.at++
    return { kind: 'count', first, test, step, body: this.doBody() }
  }

  private caseCommand(): Command {
    const word = this.word()
    this.skipSeparators()
    this.needWord('in')
    const clauses: CaseClause[] = []
    for (;;) {
      this.skipSeparators()
      if (this.takeWord('esac')) return { kind: 'case', word, clauses }
      this.takeOperator('(')
      const patterns = [this.word()]
      while (this.takeOperator('|')) patterns.push(this.word())
      this.needOperator(')')
      clauses.push({ patterns, body: this.script(['esac']) })
      this.takeOperator(';;')
    }
  }

  private functionOrSimple(): Command {
    const { token } = this
    if (token.kind === 'word' && token.plain === '[[') return this.conditional()
    const [first, second] = [this.tokens[this.at + 1], this.tokens[this.at + 2]]
    const isFunction =
      token.kind === 'word' && isOperator(first, '(') && isOperator(second, ')') && token.plain
    if (!isFunction || isFunction.endsWith('=')) return this.simple()
    this.at += 3
    this.skipNewlines()
    return { kind: 'function', name: isFunction, body: this.command() }
  }

  /** `[[ … ]]`, operators and ends of lines within it part of it. */
  private conditional(): SimpleCommand {
    const words: Word[] = []
    for (;;) {
      const { token } = this
      if (token.kind === 'end' || token.kind === 'arithmetic') throw this.unexpected(']]')
      this.at++
      if (token.kind === 'word') words.push(token.word)
      else if (token.text !== '\n') words.push([literal(token.text)])
      if (token.kind !== 'word' || token.plain !== ']]') continue
      return {
        kind: 'simple',
        assignments: [],
        words,
        redirects: this.redirects(),
        isConditional: true,
      }
    }
  }

  private simple(): SimpleCommand {
    const parts: SimpleParts = { assignments: [], words: [], redirects: [], arrays: [] }
    for (;;) {
      parts.redirects.push(...this.redirects())
      const { token } = this
      if (token.kind !== 'word') break
      if (parts.words.length === 0 && closers.includes(token.plain ?? '')) throw this.unexpected()
      this.at++
      this.sortIn(token.word, parts)
    }
    if (Object.values(parts).every(({ length }) => length === 0)) throw this.unexpected()
    const { arrays, ...command } = parts
    return { kind: 'simple', ...command, ...(arrays.length > 0 ? { arrays } : {}) }
  }

  private sortIn(word: Word, { assignments, words, arrays }: SimpleParts): void {
    const assignment = mayAssign(words) ? asAssignment(word) : undefined
    if (assignment && this.isOperator('(') && isEmptyWord(assignment[1])) {
      arrays.push(this.arrayAssignment(assignment[0]))
    } else if (assignment && words.length === 0) assignments.push(assignment)
    else words.push(word)
  }

  private arrayAssignment(target: string): ArrayAssignment {
    this.needOperator('(')
    const words: Word[] = []
    for (this.skipNewlines(); this.token.kind === 'word'; this.skipNewlines())
      words.push(this.word())
    this.needOperator(')')
    const adds = target.endsWith('+')
    return { name: adds ? target.slice(0, -1) : target, words, adds }
  }

  private redirects(): readonly Redirect[] {
    const found: Redirect[] = []
    for (;;) {
      const { token } = this
      if (token.kind !== 'operator') return found
      const [, number, operator] = /^(\d?)(<<<|<<-?|>>|>&|<&|&>|<|>)$/.exec(token.text) ?? []
      if (operator === undefined) return found
      this.at++
      const target = this.word()
      if (operator === '&>') {
        found.push({ from: 1, operator: '>', target })
        found.push({ from: 2, operator: '>&', target: [literal('1')] })
        continue
      }
      const from = number ? Number(number) : operator.startsWith('<') ? 0 : 1
      const kind = operator === '<<-' ? '<<' : (operator as Redirect['operator'])
      found.push({ from, operator: kind, target })
    }
  }

  private word(): Word {
    const { token } = this
    if (token.kind !== 'word') throw this.unexpected()
    this.at++
    return token.word
  }

  private name(): string {
    const { token } = this
    if (token.kind !== 'word' || !token.plain) throw this.unexpected()
    this.at++
    return token.plain
  }

  private isOperator(text: string): boolean {
    return isOperator(this.token, text)
  }

  private takeOperator(text: string): boolean {
    if (!this.isOperator(text)) return false
    this.at++
    return true
  }

  private takeWord(text: string): boolean {
    const { token } = this
    if (token.kind !== 'word' || token.plain !== text) return false
    this.at++
    return true
  }

  private needWord(text: string): void {
    if (!this.takeWord(text)) throw this.unexpected(text)
  }

  private needOperator(text: string): void {
    if (!this.takeOperator(text)) throw this.unexpected(text)
  }

  private skipNewlines(): void {
    while (this.takeOperator('\n'));
  }

  private skipSeparators(): void {
    while (this.takeOperator('\n') || this.takeOperator(';'));
  }

  private unexpected(expecting?: string): ShellSyntaxError {
    const { token } = this
    const what =
      token.kind === 'end'
        ? 'end of file'
        : token.kind === 'operator'
          ? `"${token.text.replace('\n', 'newline')}"`
          : token.kind === 'arithmetic'
            ? '"(("'
            : (token.plain ?? 'word')
    const hope = expecting === undefined ? '' : ` (expecting "${expecting}")`
    return new ShellSyntaxError(`Syntax error: ${what} unexpected${hope}`, token.kind === 'end')
  }
}

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text
}

function literal(text: string): Part {
  return { kind: 'text', text, quoted: false }
}

interface SimpleParts {
  readonly assignments: (readonly [name: string, value: Word])[]
  readonly words: Word[]
  readonly redirects: Redirect[]
  readonly arrays: ArrayAssignment[]
}

/** Assignments stand before a command, and are the arguments of `declare` and its like. */
function mayAssign(words: readonly Word[]): boolean {
  const [first] = words
  if (!first) return true
  const [only] = first
  const text = first.length === 1 && only?.kind === 'text' ? only.text : ''
  return /^(declare|typeset|local|readonly|export)$/.test(text)
}

function isEmptyWord(word: Word): boolean {
  return word.every((part) => part.kind === 'text' && !part.quoted && part.text === '')
}

/** `NAME=value`, `NAME+=value` and `NAME[1]=value` at the start of a command. */
function asAssignment([first, ...rest]: Word): readonly [string, Word] | undefined {
  if (first?.kind !== 'text' || first.quoted) return undefined
  const [, name, text = ''] = /^([A-Za-z_]\w*(?:\[\w+\])?\+?)=(.*)$/s.exec(first.text) ?? []
  return name === undefined ? undefined : [name, [literal(text), ...rest]]
}
