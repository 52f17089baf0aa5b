import { type Overload, overload } from '../values/overload.ts'

const escapes: Readonly<Record<string, string>> = { '~': '~0', '/': '~1' }

/** What mutations write JSON patches with; only they can call it. */
export const jsonPatches: readonly Overload[] = [
  overload('jsonpatch.escapeKey(string): string', (key: string) =>
    key.replace(/[~/]/g, (letter) => escapes[letter] ?? letter),
  ),
]
