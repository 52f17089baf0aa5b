import { ShellError } from '../syntax/syntax.ts'
import type { Filter } from './filter-lines.ts'

const classes: Readonly<Record<string, string>> = {
  upper: 'A-Z',
  lower: 'a-z',
  digit: '0-9',
  alpha: 'A-Za-z',
  alnum: 'A-Za-z0-9',
  space: ' \\t\\n\\r',
  blank: ' \\t',
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' }

/** `tr`: letters of one set become those of the other; `-d` deletes, `-s` squeezes, `-c` means all others. */
export const translate: Filter['take'] = (text, _isEnd, { args, memo }) => {
  const flags = args.filter((arg) => /^-[cCds]+$/.test(arg)).join('')
  const [first = '', second] = args.filter((arg) => !/^-[cCds]+$/.test(arg)).map(lettersOf)
  const places = placesOf(first)
  const others = second === undefined ? undefined : [...second]
  const isIn = (letter: string) => places.has(letter) !== /c/i.test(flags)
  const translated = (letter: string) =>
    others?.[places.get(letter) ?? -1] ?? others?.at(-1) ?? letter
  const deletes = flags.includes('d')
  const squeezes = flags.includes('s')
  const letters: string[] = []
  // What was written last is kept, for a run that goes on in the next piece.
  let last = memo.kept
  for (const letter of text) {
    const isChanged = isIn(letter)
    if (isChanged && deletes) continue
    const found = isChanged ? translated(letter) : letter
    if (!(isChanged && squeezes && found === last)) letters.push(found)
    last = found
  }
  memo.kept = last
  return { out: letters.join('') }
}

/** Where each letter of a set stands first. */
function placesOf(set: string): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const [index, letter] of [...set].entries()) {
    if (!places.has(letter)) places.set(letter, index)
  }
  return places
}

/** More letters than any set has. */
const setLimit = 200_000

function lettersOf(set: string): string {
  let length = 0
  return set
    .replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole)
    .replace(/\\([ntr\\])/g, (_, letter: string) => escapes[letter] ?? letter)
    .replace(/(.)-(.)/gs, (_, from: string, to: string) => {
      const [start = 0, end = 0] = [from.charCodeAt(0), to.charCodeAt(0)]
      const count = Math.max(0, end - start + 1)
      length += count
      if (length > setLimit) throw new ShellError('Out of space')
      return Array.from({ length: count }, (__, index) => String.fromCharCode(start + index)).join(
        '',
      )
    })
}
