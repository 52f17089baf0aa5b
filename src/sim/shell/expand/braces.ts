import { ShellError, type Word } from '../syntax/syntax.ts'

/** The innermost braces; whether they list anything is seen from what stands in them. */
const braces = /\{([^{}]*)\}/g
const isRange = /^\d+\.\.\d+$/

/** More words than any script should make. */
const wordLimit = 20_000
/** Letters that are copied while words are made. */
const letterLimit = 16 * 1024 * 1024

/** bash's `{1..3}` and `{a,b}`, where they stand unquoted. */
export function expandBraces(words: readonly Word[]): readonly Word[] {
  const done: Word[] = []
  const open = words.toReversed()
  let letters = 0
  for (let word = open.pop(); word; word = open.pop()) {
    const items = expandFirst(word)
    if (items) open.push(...items.toReversed())
    else done.push(word)
    letters += items ? lettersOf(items) : 0
    if (done.length + open.length > wordLimit || letters > letterLimit) {
      throw new ShellError('Out of space')
    }
  }
  return done
}

/** Undefined when there are none. */
function expandFirst(word: Word): readonly Word[] | undefined {
  for (const [at, part] of word.entries()) {
    if (part.kind !== 'text' || part.quoted) continue
    const found = [...part.text.matchAll(braces)].find(([, inner = '']) => isList(inner))
    if (!found) continue
    const [whole, inner = ''] = found
    const [before, after] = [
      part.text.slice(0, found.index),
      part.text.slice(found.index + whole.length),
    ]
    return itemsOf(inner).map((item) => {
      const text = before + item + after
      return [...word.slice(0, at), { ...part, text }, ...word.slice(at + 1)]
    })
  }
  return undefined
}

function isList(inner: string): boolean {
  return inner.includes(',') || isRange.test(inner)
}

function itemsOf(inner: string): readonly string[] {
  if (!isRange.test(inner)) return inner.split(',')
  const [from = 0, to = -1] = inner.split('..').map(Number)
  const length = Math.abs(to - from) + 1
  if (length > wordLimit) throw new ShellError('Out of space')
  return Array.from({ length }, (_, index) => String(from + (to < from ? -index : index)))
}

function lettersOf(words: readonly Word[]): number {
  return words.flat().reduce((sum, part) => sum + (part.kind === 'text' ? part.text.length : 0), 0)
}
