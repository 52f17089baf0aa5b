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
  const isIn = (letter: string) => first.includes(letter) !== /c/i.test(flags)
  let out = ''
  for (const letter of text) {
    if (!isIn(letter)) {
      out += letter
    } else if (!flags.includes('d')) {
      const last = second?.at(-1)
      const found = second?.[first.indexOf(letter)] ?? last ?? letter
      // What was written last is kept, for a run that goes on in the next piece.
      const before = out === '' ? memo.kept : out.at(-1)
      if (!(flags.includes('s') && before === found)) out += found
    }
  }
  memo.kept = out.at(-1) ?? memo.kept
  return { out }
}

function lettersOf(set: string): string {
  return set
    .replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole)
    .replace(/\\([ntr\\])/g, (_, letter: string) => escapes[letter] ?? letter)
    .replace(/(.)-(.)/gs, (_, from: string, to: string) => {
      const [start = 0, end = 0] = [from.charCodeAt(0), to.charCodeAt(0)]
      const length = Math.max(0, end - start + 1)
      return Array.from({ length }, (__, index) => String.fromCharCode(start + index)).join('')
    })
}
