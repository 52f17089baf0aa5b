import { ShellError } from '../syntax/syntax.ts'

/** Wider fields than this a script has no use for. */
const widest = 4 * 1024 * 1024

const directive = /%([-+ #0]*)([1-9]\d*)?(?:\.(\d*))?([a-zA-Z%])/g

interface Printed {
  readonly text: string
  /** Something was to be a number and is none. */
  readonly complaints: readonly string[]
}

/** `printf`: the format is used again for as long as there are arguments that it takes. */
export function printed(given: readonly string[]): Printed {
  const [format = '', ...args] = given[0] === '--' ? given.slice(1) : given
  const complaints: string[] = []
  let text = ''
  let left: readonly string[] = args
  do {
    const before = left.length
    const once = new Once(left, complaints)
    text += once.write(format)
    if (text.length > widest) throw new ShellError('Out of space')
    left = once.left
    // A format that takes none is written once.
    if (left.length === before) break
  } while (left.length > 0)
  return { text, complaints }
}

/** One use of a format. */
class Once {
  left: readonly string[]
  private readonly complaints: string[]
  /** `\c` ends all output. */
  private isOver = false

  constructor(args: readonly string[], complaints: string[]) {
    this.left = args
    this.complaints = complaints
  }

  write(format: string): string {
    let text = ''
    let at = 0
    for (const found of format.matchAll(directive)) {
      text += unescaped(format.slice(at, found.index))
      text += this.field(found)
      if (text.length > widest) throw new ShellError('Out of space')
      at = found.index + found[0].length
      if (this.isOver) return text
    }
    return text + unescaped(format.slice(at))
  }

  private field([, flags = '', width = '', precision, kind = '']: RegExpMatchArray): string {
    if (kind === '%') return '%'
    const value = this.value(kind, precision)
    const size = Number(width)
    if (size > widest) throw new ShellError('Out of space')
    if (flags.includes('-')) return value.padEnd(size)
    const isZero = flags.includes('0') && !/[scbq]/.test(kind)
    if (!isZero) return value.padStart(size)
    const sign = /^[-+]/.exec(value)?.[0] ?? ''
    return sign + value.slice(sign.length).padStart(size - sign.length, '0')
  }

  private value(kind: string, precision: string | undefined): string {
    const arg = this.left[0]
    this.left = this.left.slice(1)
    const digits = precision === undefined ? undefined : Math.min(Number(precision), 100)
    switch (kind) {
      case 's':
        return (arg ?? '').slice(0, digits)
      case 'c':
        return arg?.[0] ?? ''
      case 'b':
        return this.escaped(arg ?? '')
      case 'q':
        return /^[\w./:=@%+-]+$/.test(arg ?? '') ? (arg ?? '') : `'${arg ?? ''}'`
      case 'd':
      case 'i':
      case 'u':
        return String(this.whole(arg))
      case 'x':
        return this.whole(arg).toString(16)
      case 'X':
        return this.whole(arg).toString(16).toUpperCase()
      case 'o':
        return this.whole(arg).toString(8)
      case 'f':
      case 'F':
        return this.number(arg).toFixed(digits ?? 6)
      case 'e':
        return this.number(arg)
          .toExponential(digits ?? 6)
          .replace(/e([-+])(\d)$/, 'e$10$2')
      case 'g':
        return String(Number(this.number(arg).toPrecision(digits || 6)))
      default:
        throw new ShellError(`printf: %${kind}: invalid directive`)
    }
  }

  private escaped(text: string): string {
    const end = text.indexOf('\\c')
    this.isOver = end >= 0
    return unescaped(end < 0 ? text : text.slice(0, end))
  }

  private whole(text: string | undefined): number {
    return Math.trunc(this.number(text))
  }

  private number(text = ''): number {
    if (/^["']./.test(text)) return text.codePointAt(1) ?? 0
    const [found] = /^\s*[-+]?(0x[\da-f]+|\d*\.?\d+(e[-+]?\d+)?)/i.exec(text) ?? ['']
    if (found !== text) this.complaints.push(`${text}: expected numeric value`)
    const octal = /^[-+]?0\d+$/.test(found)
    return (octal ? Number.parseInt(found, 8) : Number(found.replace(/^-0x/i, '0x'))) || 0
  }
}

const letters: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  v: '\v',
  f: '\f',
  b: '\b',
  a: '\u0007',
  e: '\u001b',
  '\\': '\\',
}

/** `\n`, `\033`, `\x1b` and their like. */
export function unescaped(text: string): string {
  return text.replace(
    /\\(?:0?([0-7]{1,3})|x([\da-fA-F]{1,2})|([ntrvfbae\\]))/g,
    (_, octal?: string, hex?: string, letter = '') => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255)
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      return letters[letter] ?? letter
    },
  )
}
