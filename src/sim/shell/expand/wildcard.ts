import { posixClasses } from './pattern.ts'

/** A shell pattern of which what was quoted stands for itself. */
export interface Wildcard {
  readonly text: string
  readonly quoted: boolean
}

/** One member of a pattern: a bracket expression, an escaped letter, or a letter. */
const members = /\[[!^]?\]?(?:\[:\w+:\]|[^\]])*\]|\\[\s\S]|[\s\S]/g

/** Whether a shell pattern (`*`, `?`, `[…]`) fits a whole text. */
export function patternFits(pattern: readonly Wildcard[], text: string): boolean {
  const source = pattern
    .map((part) => (part.quoted ? literal(part.text) : open(part.text)))
    .join('')
  try {
    return new RegExp(`^${source}$`, 's').test(text)
  } catch {
    // Such as a range that runs backwards.
    return false
  }
}

function open(text: string): string {
  return (text.match(members) ?? []).map(memberSource).join('')
}

function memberSource(member: string): string {
  // What follows a star is all the same to another.
  if (member === '*') return '.*'
  if (member === '?') return '.'
  if (member.length > 1 && member.startsWith('[')) return bracket(member)
  return literal(member.length > 1 ? member.slice(1) : member)
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

function bracket(member: string): string {
  const [, not = '', inner = ''] = /^\[([!^]?)([\s\S]*)\]$/.exec(member) ?? []
  return `[${not === '' ? '' : '^'}${posixClasses(inner)}]`
}
