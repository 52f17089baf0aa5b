import { RE2JS } from 're2js'
import { bracketEnd, bracketSource, readBracket } from './bracket.ts'

/** A stretch of a text that a regular expression fits. */
export interface Match {
  readonly start: number
  readonly end: number
  /** The whole and each group; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[]
}

/** A compiled regular expression. Matching takes time in proportion to the text. */
export interface RegularExpression {
  /** What each letter of a text costs, in comparisons, when it is matched. */
  readonly cost: number
  /** Tells whether it fits anywhere in a text. */
  test(text: string): boolean
  /** Finds all that it fits, from the left, without overlaps. */
  matches(text: string): Iterable<Match>
}

/** How a regular expression is to be read. */
export interface RegularExpressionOptions {
  /** Extended (`grep -E`), basic, or a literal text (`grep -F`). */
  readonly syntax: 'extended' | 'basic' | 'literal'
  readonly ignoresCase?: boolean
  /** It must fit the whole text (`grep -x`), or whole words (`grep -w`). */
  readonly within?: 'line' | 'word'
}

/** A regular expression that cannot be compiled; the message is in the words of `regcomp`. */
export class RegularExpressionError extends Error {
  override readonly name = 'RegularExpressionError'
}

/** Longer ones are refused: compiling costs more than matching. */
const longest = 4096

/**
 * Compiles a POSIX regular expression for a matcher that does not backtrack (RE2), so that no expression
 * and no text holds up the process. Of a basic one `( ) { } + ? |` stand for themselves and mean something
 * behind a backslash; in an extended one it is the other way round. The longest of the leftmost fits
 * counts, as POSIX wants it.
 * @throws RegularExpressionError for what cannot be read, is too long, or refers back to a group.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap09.html
 */
export function regularExpression(
  text: string,
  { syntax, ignoresCase = false, within }: RegularExpressionOptions,
): RegularExpression {
  if (text.length > longest) throw new RegularExpressionError('Regular expression too big')
  const source = syntax === 'literal' ? RE2JS.quote(text) : translated(text, syntax === 'extended')
  const lines = within === 'line' ? `^(?:${source})$` : source
  const whole = within === 'word' ? `\\b(?:${lines})\\b` : lines
  const compiled = compile(
    whole,
    RE2JS.LONGEST_MATCH | RE2JS.DOTALL | (ignoresCase ? RE2JS.CASE_INSENSITIVE : 0),
  )
  return {
    cost: Math.max(1, compiled.programSize() / sizePerComparison),
    test: (line) => compiled.matcher(line).find(),
    *matches(line) {
      const matcher = compiled.matcher(line)
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => index)
      while (matcher.find()) {
        const found = groups.map((group) => matcher.group(group) ?? undefined)
        yield { start: matcher.start(), end: matcher.end(), groups: found }
      }
    },
  }
}

/** Instructions of a program that are worth one comparison for each letter. */
const sizePerComparison = 8

function compile(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags)
  } catch (cause) {
    throw new RegularExpressionError('Invalid regular expression', { cause })
  }
}

/** Letters that mean something in an extended expression as they stand, in a basic one when escaped. */
const operators: ReadonlySet<string> = new Set('(){}+?|')
/** What GNU's tools take for classes and borders. */
const escapes: Readonly<Record<string, string>> = {
  '<': '\\b',
  '>': '\\b',
  b: '\\b',
  B: '\\B',
  w: '\\w',
  W: '\\W',
  s: '\\s',
  S: '\\S',
  n: '\\n',
  t: '\\t',
}

/** Writes a POSIX expression as RE2 reads it, piece by piece. */
function translated(text: string, isExtended: boolean): string {
  let source = ''
  for (let at = 0; at < text.length; ) {
    const { piece, length } = pieceAt(text, at, { source, isExtended })
    source += piece
    at += length
  }
  return source
}

interface Translation {
  /** What was translated before. */
  readonly source: string
  readonly isExtended: boolean
}

function pieceAt(
  text: string,
  at: number,
  { source, isExtended }: Translation,
): { readonly piece: string; readonly length: number } {
  const letter = text[at] ?? ''
  if (letter === '[') return bracketAt(text, at)
  if (letter === '\\') return { piece: escaped(text[at + 1], isExtended), length: 2 }
  if (letter === '*') return { piece: starBehind(source), length: 1 }
  if (operators.has(letter)) return { piece: isExtended ? letter : `\\${letter}`, length: 1 }
  return { piece: /[.^$]/.test(letter) ? letter : RE2JS.quote(letter), length: 1 }
}

function bracketAt(text: string, at: number): { readonly piece: string; readonly length: number } {
  const end = bracketEnd(text, at, '^')
  if (end < 0) throw new RegularExpressionError('Unmatched [, [^, [:, [., or [=')
  const bracket = readBracket(text.slice(at + 1, end), '^')
  if (bracket === undefined) throw new RegularExpressionError('Invalid range end')
  return { piece: bracketSource(bracket), length: end + 1 - at }
}

/** A star repeats what stands before it; at the beginning it stands for itself, and a second one adds nothing. */
function starBehind(source: string): string {
  const isEscaped = /(^|[^\\])(\\\\)*\\.$/s.test(source.slice(-64))
  if (!isEscaped && source.endsWith('*')) return ''
  return source === '' || (!isEscaped && /[(|^]$/.test(source)) ? '\\*' : '*'
}

function escaped(letter: string | undefined, isExtended: boolean): string {
  if (letter === undefined) throw new RegularExpressionError('Trailing backslash')
  if (/[1-9]/.test(letter)) {
    throw new RegularExpressionError('back-references are not supported in a simulation')
  }
  if (operators.has(letter)) return isExtended ? `\\${letter}` : letter
  return escapes[letter] ?? RE2JS.quote(letter)
}
