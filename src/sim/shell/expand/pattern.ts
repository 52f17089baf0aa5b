const classes: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
}

/** Brackets, escaped letters, and letters: what a regular expression is made of. */
const pieces = /\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\[\s\S]|[\s\S]/g

/**
 * A POSIX regular expression. In a basic one `( ) { } + ? |` stand for themselves and mean something
 * behind a backslash; in an extended one it is the other way round.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap09.html
 */
export function posixPattern(text: string, extended: boolean, flags = ''): RegExp {
  const source = (text.match(pieces) ?? []).map((piece) => translated(piece, extended)).join('')
  try {
    return new RegExp(source, flags)
  } catch {
    // What cannot be read matches nothing.
    return /(?!)/
  }
}

function translated(piece: string, extended: boolean): string {
  if (piece.length > 1 && piece.startsWith('[')) return bracket(piece)
  const special = /^\\?[(){}+?|]$/.test(piece)
  if (special && !extended) return piece.startsWith('\\') ? piece.slice(1) : `\\${piece}`
  if (piece === '\\<' || piece === '\\>') return '\\b'
  return piece === '/' ? '\\/' : piece
}

function bracket(piece: string): string {
  const [, not = '', inner = ''] = /^\[(\^?)([\s\S]*)\]$/.exec(piece) ?? []
  return `[${not}${posixClasses(inner)}]`
}

/** What stands between brackets, its `[:digit:]` and their like written out. */
export function posixClasses(inner: string): string {
  return inner
    .replace(/[\\[\]](?!:)|\[(?=:)(?!:\w+:\])/g, '\\$&')
    .replace(/\[:(\w+):(?:\\\])?\]?/g, (whole, name: string) => classes[name] ?? whole)
}
