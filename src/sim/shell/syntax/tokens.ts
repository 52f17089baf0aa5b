import { type Part, type Script, ShellSyntaxError, type Word } from './syntax.ts'

export type Token =
  | { readonly kind: 'word'; readonly word: Word; readonly plain: string | undefined }
  | { readonly kind: 'operator'; readonly text: string }
  /** `((A; B))`: its parts between semicolons. */
  | { readonly kind: 'arithmetic'; readonly parts: readonly Word[] }
  | { readonly kind: 'end' }

const operators = [
  '<<<',
  '<<-',
  '<<',
  '&&',
  '||',
  ';;',
  '>>',
  '>&',
  '<&',
  '&>',
  ';',
  '&',
  '|',
  '(',
  ')',
  '<',
  '>',
  '\n',
]

/** How a script is read: more of it may come, and within how many substitutions it stands. */
export interface Reading {
  readonly isPartial?: boolean
  readonly depth?: number
}

/** Cuts a script into words and operators. `parse` reads what stands in `$(…)`. */
export function tokensOf(
  source: string,
  parse: (source: string, depth: number) => Script,
  { isPartial = false, depth = 0 }: Reading = {},
): readonly Token[] {
  const reader = new WordReader(source, (inner) => parse(inner, depth + 1), depth)
  const tokens: Token[] = []
  const awaited: { readonly at: number; readonly document: HereDocument }[] = []
  for (;;) {
    reader.skipBlanks()
    if (reader.atEnd) break
    const special = specialToken(reader, tokens)
    if (special) {
      tokens.push(special)
      continue
    }
    const operator = reader.operator()
    if (operator === undefined) tokens.push(reader.word())
    else tokens.push({ kind: 'operator', text: operator })
    if (operator !== undefined && /^\d?<<-?$/.test(operator)) {
      awaited.push({ at: tokens.length, document: reader.delimiter(operator.endsWith('-')) })
      tokens.push({ kind: 'word', word: [], plain: undefined })
    }
    if (operator !== '\n') continue
    for (const { at, document } of awaited.splice(0)) {
      const word = reader.hereDocument(document, isPartial)
      tokens[at] = { kind: 'word', word, plain: undefined }
    }
  }
  if (awaited.length > 0 && isPartial) throw hereDocumentIsOpen()
  return [...tokens, { kind: 'end' }]
}

/** What only bash reads: `((…))`, and what stands behind `=~`. */
function specialToken(reader: WordReader, tokens: readonly Token[]): Token | undefined {
  const parts = reader.doubleBrackets()
  if (parts) return { kind: 'arithmetic', parts }
  return isRegularExpressionNext(tokens) ? reader.regularExpression() : undefined
}

/** Behind `=~` stands a regular expression, whose brackets and bars are no operators. */
function isRegularExpressionNext(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1)
  return last?.kind === 'word' && last.plain === '=~'
}

interface HereDocument {
  readonly delimiter: string
  readonly isQuoted: boolean
  readonly stripsTabs: boolean
}

function hereDocumentIsOpen(): ShellSyntaxError {
  return new ShellSyntaxError('Unterminated here-document', true)
}

/** Substitutions within substitutions. */
const deepest = 60

class WordReader {
  private at = 0
  private readonly source: string
  private readonly parse: (source: string) => Script

  private readonly depth: number

  constructor(source: string, parse: (source: string) => Script, depth: number) {
    // Each level is read again for the one within it.
    if (depth > deepest) throw new ShellSyntaxError('Out of space')
    this.source = source
    this.parse = parse
    this.depth = depth
  }

  get atEnd(): boolean {
    return this.at >= this.source.length
  }

  skipBlanks(): void {
    for (;;) {
      const rest = this.source.slice(this.at)
      const blank = /^(?:[ \t\r]+|\\\n|#[^\n]*)/.exec(rest)?.[0]
      if (blank === undefined) return
      this.at += blank.length
    }
  }

  operator(): string | undefined {
    // `2>` is one operator, `2 >` a word and one.
    const numbered = /^\d(?=[<>])/.exec(this.source.slice(this.at))?.[0]
    const start = this.at + (numbered?.length ?? 0)
    const found = operators.find((each) => this.source.startsWith(each, start))
    if (found === undefined) return undefined
    this.at = start + found.length
    return (numbered ?? '') + found
  }

  /** `(( … ))` as its parts; undefined where the brackets are those of subshells. */
  doubleBrackets(): readonly Word[] | undefined {
    if (!this.source.startsWith('((', this.at)) return undefined
    const end = closingAt(this.source, this.at + 2, '(', ')')
    if (end < 0 || this.source[end + 1] !== ')') return undefined
    const inner = this.source.slice(this.at + 2, end)
    this.at = end + 2
    return inner.split(';').map((part) => this.inner(part, true))
  }

  /** A word up to the next blank, or semicolon outside of brackets. */
  regularExpression(): Token {
    const parts: Part[] = []
    while (!this.atEnd && !/[\s;]/.test(this.peek())) {
      const isOperator = /[&|()<>]/.test(this.peek())
      if (isOperator)
        parts.push({ kind: 'text', text: this.source[this.at++] ?? '', quoted: false })
      else if (this.peek() === '\\') {
        parts.push({ kind: 'text', text: this.source.slice(this.at, this.at + 2), quoted: false })
        this.at += 2
      } else parts.push(...this.part(false))
    }
    return { kind: 'word', word: parts, plain: undefined }
  }

  word(): Token {
    const parts: Part[] = []
    const start = this.at
    while (!this.atEnd && !/[\s;&|()<>]/.test(this.peek())) parts.push(...this.part(false))
    const text = this.source.slice(start, this.at)
    const plain = /^[\w!{}[\]./=:+~-]+$/.test(text) ? text : undefined
    return { kind: 'word', word: parts, plain }
  }

  /** What ends a here-document. */
  delimiter(stripsTabs: boolean): HereDocument {
    this.skipBlanks()
    const rest = this.source.slice(this.at)
    const [raw = ''] = /^(?:'[^']*'|"[^"]*"|\\.|[^\s;&|()<>'"\\])+/.exec(rest) ?? []
    if (raw === '') throw new ShellSyntaxError('Syntax error: end of file unexpected', true)
    this.at += raw.length
    const isQuoted = /['"\\]/.test(raw)
    return { delimiter: raw.replace(/['"\\]/g, ''), isQuoted, stripsTabs }
  }

  /** The lines up to the delimiter, or to the end of the script. */
  hereDocument(document: HereDocument, isPartial: boolean): Word {
    let text = ''
    while (!this.atEnd) {
      const { line, end } = this.rawLine()
      const stripped = document.stripsTabs ? line.replace(/^\t+/, '') : line
      if (stripped === document.delimiter) return this.documentWord(text, document)
      text += stripped + end
    }
    if (isPartial) throw hereDocumentIsOpen()
    return this.documentWord(text, document)
  }

  private rawLine(): { readonly line: string; readonly end: string } {
    const at = this.source.indexOf('\n', this.at)
    const line = this.source.slice(this.at, at < 0 ? undefined : at)
    this.at = at < 0 ? this.source.length : at + 1
    return { line, end: at < 0 ? '' : '\n' }
  }

  private documentWord(text: string, document: HereDocument): Word {
    if (document.isQuoted) return [{ kind: 'text', text, quoted: true }]
    return new WordReader(text, this.parse, this.depth + 1).whole('document')
  }

  /** All that is left as one word, blanks and operators part of it. */
  whole(within: 'document' | 'quotes' | 'braces'): Word {
    const parts: Part[] = []
    while (!this.atEnd) {
      if (within === 'document') parts.push(...this.part('document'))
      else if (within === 'quotes' && this.peek() === '"') this.at++
      else parts.push(...this.part(within === 'quotes'))
    }
    return parts
  }

  private peek(): string {
    return this.source[this.at] ?? ''
  }

  private part(within: boolean | 'document'): readonly Part[] {
    const quoted = within !== false
    const letter = this.peek()
    if (letter === '\\') return [this.escaped(within)]
    if (letter === "'" && !quoted) return [this.singleQuoted()]
    if (letter === '"' && !quoted) return this.doubleQuoted()
    if (letter === '$') return [this.dollar(quoted)]
    if (letter === '`') return [this.backquoted(quoted)]
    const stop = quoted ? /["$\\`]/ : /[\s;&|()<>"'$\\`]/
    const rest = this.source.slice(this.at)
    const end = rest.search(stop)
    const text = end < 0 ? rest : rest.slice(0, Math.max(1, end))
    this.at += text.length
    return [{ kind: 'text', text, quoted }]
  }

  private escaped(within: boolean | 'document'): Part {
    const next = this.source[this.at + 1] ?? ''
    this.at += 2
    if (next === '\n') return { kind: 'text', text: '', quoted: true }
    const special = within === 'document' ? /[$\\`]/ : /["$\\`]/
    const keeps = within !== false && !special.test(next)
    return { kind: 'text', text: keeps ? `\\${next}` : next, quoted: true }
  }

  private singleQuoted(): Part {
    const end = this.source.indexOf("'", this.at + 1)
    if (end < 0) throw new ShellSyntaxError('Syntax error: Unterminated quoted string', true)
    const text = this.source.slice(this.at + 1, end)
    this.at = end + 1
    return { kind: 'text', text, quoted: true }
  }

  private doubleQuoted(): readonly Part[] {
    this.at++
    const parts: Part[] = [{ kind: 'text', text: '', quoted: true }]
    while (this.peek() !== '"') {
      if (this.atEnd) throw new ShellSyntaxError('Syntax error: Unterminated quoted string', true)
      parts.push(...this.part(true))
    }
    this.at++
    return parts
  }

  private dollar(quoted: boolean): Part {
    const rest = this.source.slice(this.at)
    if (rest.startsWith('$((')) return this.arithmetic(quoted)
    if (rest.startsWith('$(')) {
      const inner = this.balanced(this.at + 2, '(', ')')
      return { kind: 'command', body: this.parse(inner), quoted }
    }
    if (rest.startsWith('${')) return this.braced(this.balanced(this.at + 2, '{', '}'), quoted)
    const name = /^\$([A-Za-z_]\w*|[0-9?$!@*#-])/.exec(rest)?.[1]
    this.at += 1 + (name?.length ?? 0)
    if (name === undefined) return { kind: 'text', text: '$', quoted }
    return { kind: 'variable', name, quoted }
  }

  private arithmetic(quoted: boolean): Part {
    const inner = this.balanced(this.at + 3, '(', ')')
    if (this.peek() !== ')') throw new ShellSyntaxError("Syntax error: Missing '))'")
    this.at++
    return { kind: 'arithmetic', text: this.inner(inner, true), quoted }
  }

  private braced(inner: string, quoted: boolean): Part {
    const [whole = '', sign = '', name = '', subscript] =
      /^([#!]?)([A-Za-z_]\w*|\d+|[?$!@*#])(?:\[([^\]]*)\])?/.exec(inner) ?? []
    if (name === '') throw new ShellSyntaxError('Bad substitution')
    const named = {
      kind: 'variable',
      name,
      ...(subscript === undefined ? {} : { index: this.subscript(subscript) }),
      ...(sign === '!' ? { isIndirect: true as const } : {}),
      quoted,
    } as const
    const rest = inner.slice(whole.length)
    if (sign === '#' && rest === '') return { ...named, operator: '#length' }
    if (rest === '') return named
    const [found = '', operator = ''] = /^(:?[-=?+]|##?|%%?|\/[/#%]?|\^\^?|,,?|:)/.exec(rest) ?? []
    if (operator === '' || sign === '#') throw new ShellSyntaxError('Bad substitution')
    const [first, second] = operandsOf(operator, rest.slice(found.length))
    // A pattern has quotes of its own.
    const isPattern = /^[#%/^,]/.test(operator)
    const word = this.inner(first, quoted && !isPattern)
    if (second === undefined) return { ...named, operator, word }
    return { ...named, operator, word, second: this.inner(second, quoted && !isPattern) }
  }

  private subscript(text: string): Word | '@' | '*' {
    return text === '@' || text === '*' ? text : this.inner(text, true)
  }

  private inner(text: string, quoted: boolean): Word {
    return new WordReader(text, this.parse, this.depth + 1).whole(quoted ? 'quotes' : 'braces')
  }

  private backquoted(quoted: boolean): Part {
    const end = this.source.indexOf('`', this.at + 1)
    if (end < 0) throw new ShellSyntaxError('Syntax error: EOF in backquote substitution', true)
    const inner = this.source.slice(this.at + 1, end)
    this.at = end + 1
    return { kind: 'command', body: this.parse(inner), quoted }
  }

  /** What stands up to the bracket that closes, quotes respected; moves behind it. */
  private balanced(start: number, open: string, close: string): string {
    const end = closingAt(this.source, start, open, close)
    if (end < 0)
      throw new ShellSyntaxError(
        `Syntax error: end of file unexpected (expecting "${close}")`,
        true,
      )
    this.at = end + 1
    return this.source.slice(start, end)
  }
}

/** What stands behind an operator: `PATTERN/TEXT` and `FROM:LENGTH` are two. */
function operandsOf(operator: string, text: string): readonly [string, string?] {
  if (operator === ':') {
    const colon = text.indexOf(':')
    return colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)]
  }
  if (!operator.startsWith('/')) return [text]
  const pieces = /\\[\s\S]|'[^']*'|"[^"]*"|\$\{[^}]*\}|[\s\S]/g
  for (const piece of text.matchAll(pieces)) {
    if (piece[0] === '/') return [text.slice(0, piece.index), text.slice(piece.index + 1)]
  }
  return [text, '']
}

/** Where the bracket closes that was opened before `start`; -1 when it does not. */
function closingAt(source: string, start: number, open: string, close: string): number {
  // Quoted stretches and escaped letters count for nothing.
  const pattern = /\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[\s\S]/g
  pattern.lastIndex = start
  let depth = 1
  for (let match = pattern.exec(source); match; match = pattern.exec(source)) {
    if (match[0] === open) depth++
    else if (match[0] === close) depth--
    if (depth === 0) return match.index
  }
  return -1
}
