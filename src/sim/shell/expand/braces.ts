import { ShellError, type Word } from '../syntax/syntax.ts'

const braces = /\{(\d+\.\.\d+|[^{}]*,[^{}]*)\}/

/** More words than any script should make. */
const wordLimit = 20_000

/** bash's `{1..3}` and `{a,b}`, where they stand unquoted. */
export function expandBraces(words: readonly Word[]): readonly Word[] {
  const done: Word[] = []
  const open = words.toReversed()
  for (let word = open.pop(); word; word = open.pop()) {
    const items = expandFirst(word)
    if (items) open.push(...items.toReversed())
    else done.push(word)
    if (done.length + open.length > wordLimit) throw new ShellError('Out of space')
  }
  return done
}

/** Undefined when there are none. */
function expandFirst(word: Word): readonly Word[] | undefined {
  const at = word.findIndex(
    (part) => part.kind === 'text' && !part.quoted && braces.test(part.text),
  )
  const part = word[at]
  if (part?.kind !== 'text') return undefined
  const [whole = '', inner = ''] = braces.exec(part.text) ?? []
  return itemsOf(inner).map((item) => {
    const text = part.text.replace(whole, () => item)
    return [...word.slice(0, at), { ...part, text }, ...word.slice(at + 1)]
  })
}

function itemsOf(inner: string): readonly string[] {
  if (!inner.includes('..')) return inner.split(',')
  const [from = 0, to = -1] = inner.split('..').map(Number)
  const length = Math.abs(to - from) + 1
  if (length > wordLimit) throw new ShellError('Out of space')
  return Array.from({ length }, (_, index) => String(from + (to < from ? -index : index)))
}
