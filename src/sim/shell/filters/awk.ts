import { type RegularExpression, regularExpression } from '../../patterns/regular-expression.ts'
import { type Filter, type FilterRun, linesOf } from './filter-lines.ts'

/**
 * `awk` as scripts of containers mostly use it: `[/RE/ | NR==N | END] { print … }`, with fields, `NR`, `NF`,
 * texts and commas.
 */
export const awk: Filter = {
  usage: "awk [-F SEPARATOR] '[PATTERN] { print … }' [FILE…]",
  files: (args) => splitArgs(args).files,
  take(text, isEnd, run) {
    const { separator, program } = splitArgs(run.args)
    const rules = rulesOf(program)
    if (!rules) return { err: 'awk: syntax error\n', status: 2 }
    const out: string[] = []
    for (const line of linesOf(text, isEnd, run.memo)) {
      run.memo.read++
      const record = { line, fields: fieldsOf(line, separator), number: run.memo.read }
      for (const rule of rules) if (fits(rule, record, run)) out.push(printed(rule, record))
      run.spend(line.length * rules.length)
    }
    if (isEnd) {
      const record = { line: '', fields: [], number: run.memo.read }
      for (const rule of rules) if (rule.pattern === 'END') out.push(printed(rule, record))
    }
    return { out: out.join('') }
  },
  missing: (path) => [`awk: ${path}: No such file or directory`, 2],
}

interface Rule {
  readonly pattern: string
  /** What a record must fit, where the pattern is one of letters. */
  readonly matcher?: RegularExpression
  /** What is printed; the whole record when it is empty. */
  readonly words: readonly (readonly string[])[]
}

interface Row {
  readonly line: string
  readonly fields: readonly string[]
  readonly number: number
}

function splitArgs(args: readonly string[]) {
  const rest = [...args]
  let separator: string | undefined
  while (rest[0]?.startsWith('-') && rest[0] !== '-') {
    const flag = rest.shift() ?? ''
    if (flag.startsWith('-F')) separator = flag.slice(2) || rest.shift()
    if (flag === '-v') rest.shift()
  }
  const [program = '', ...files] = rest
  return { separator, program, files }
}

function fieldsOf(line: string, separator: string | undefined): readonly string[] {
  if (separator !== undefined && separator !== ' ') {
    return line.split(separator === '\\t' ? '\t' : separator)
  }
  return line.split(/[ \t]+/).filter((field) => field !== '')
}

/** Undefined for what is more than this awk knows. */
function rulesOf(program: string): readonly Rule[] | undefined {
  const rules: Rule[] = []
  let rest = program.trim()
  while (rest !== '') {
    const open = rest.indexOf('{')
    const pattern = (open < 0 ? rest : rest.slice(0, open)).trim()
    const close = open < 0 ? rest.length : rest.indexOf('}', open)
    if (close < 0) return undefined
    const words = wordsOf(open < 0 ? 'print' : rest.slice(open + 1, close))
    if (!words || !isPattern(pattern)) return undefined
    rules.push({ pattern, words, ...matcherOf(pattern) })
    rest = rest.slice(close + 1).trim()
  }
  return rules
}

function matcherOf(pattern: string): Pick<Rule, 'matcher'> {
  if (!pattern.startsWith('/')) return {}
  return { matcher: regularExpression(pattern.slice(1, -1), { syntax: 'extended' }) }
}

const comparison = /^(NR|NF|\$\d+) *(==|!=|>=|<=|>|<) *("[^"]*"|\d+)$/

function isPattern(pattern: string): boolean {
  return pattern === '' || pattern === 'END' || /^\/.*\/$/.test(pattern) || comparison.test(pattern)
}

const term = /\$NF|\$\d+|NR|NF|"[^"]*"|\d+/g

/** Divides at the commas that stand in no text. */
function partsOf(given: string): readonly string[] {
  const parts = ['']
  for (const [index, piece] of given.split('"').entries()) {
    const [first = '', ...others] = index % 2 === 0 ? piece.split(',') : [piece]
    parts.push(`${parts.pop()}${index === 0 ? '' : '"'}${first}`, ...others)
  }
  return parts
}

/** The terms between the commas of `print`. */
function wordsOf(action: string): Rule['words'] | undefined {
  const statement = action.trim().replace(/;$/, '')
  const given = statement.replace(/^print\b/, '')
  if (given === statement || given.includes(';')) return undefined
  if (given.trim() === '') return []
  const parts = partsOf(given)
  const isWhole = parts.every((part) => part.replaceAll(term, '').trim() === '')
  return isWhole ? parts.map((part) => part.match(term) ?? []) : undefined
}

function textOf(word: string, { line, fields, number }: Row): string {
  if (word === 'NR') return String(number)
  if (word === 'NF') return String(fields.length)
  if (word === '$0') return line
  if (word === '$NF') return fields.at(-1) ?? ''
  if (word.startsWith('$')) return fields[Number(word.slice(1)) - 1] ?? ''
  return word.startsWith('"')
    ? word.slice(1, -1).replaceAll('\\n', '\n').replaceAll('\\t', '\t')
    : word
}

function printed({ words }: Rule, row: Row): string {
  if (words.length === 0) return `${row.line}\n`
  return `${words.map((terms) => terms.map((each) => textOf(each, row)).join('')).join(' ')}\n`
}

function fits({ pattern, matcher }: Rule, row: Row, run: FilterRun): boolean {
  if (pattern === '') return true
  if (pattern.startsWith('/')) {
    run.spend(row.line.length * (matcher?.cost ?? 0))
    return matcher?.test(row.line) === true
  }
  const [, left = '', sign = '', right = ''] = comparison.exec(pattern) ?? []
  const [a, b] = [textOf(left, row), textOf(right, row)]
  const isText = right.startsWith('"')
  const order = isText ? (a < b ? -1 : a > b ? 1 : 0) : Math.sign(Number(a) - Number(b))
  return sign !== '' && (orders[sign]?.includes(order) ?? false)
}

const orders: Readonly<Record<string, readonly number[]>> = {
  '==': [0],
  '!=': [-1, 1],
  '>=': [0, 1],
  '<=': [-1, 0],
  '>': [1],
  '<': [-1],
}
