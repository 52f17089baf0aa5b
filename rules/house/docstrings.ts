/** What a door exports has a docstring that begins with a whole sentence. */
import ts from 'typescript'
import { type Declared, exportsOf } from './exports.ts'
import type { Project } from './project.ts'
import type { Findings } from './ratchet.ts'

export interface DoorDocs {
  readonly names: number
  /** `door name` of what has no docstring, or one that begins with a fragment. */
  readonly missing: readonly string[]
}

const fewestWords = 4

/** For each door how many names it has and which of them nobody has explained. */
export function doorDocs(project: Project): ReadonlyMap<string, DoorDocs> {
  const docs = new Map<string, DoorDocs>()
  for (const [door, path] of project.doors) {
    const names = [...exportsOf(project, path)].filter(
      ([, declared]) => !declared.some(({ file }) => file.isGenerated),
    )
    const missing = names.filter(([, declared]) => !declared.some(isExplained))
    docs.set(door, {
      names: names.length,
      missing: missing.map(([name]) => `${door} ${name}`).toSorted(),
    })
  }
  return docs
}

/** What the doors of a room export without such a docstring, as `room name`. */
export function unexplained(project: Project): Findings {
  const missing = [...doorDocs(project).values()].flatMap((docs) => docs.missing)
  const keys = missing.map((entry) => entry.replace(/^#(\w+)\S*/, '$1'))
  return Object.fromEntries([...new Set(keys)].toSorted().map((key) => [key, 1]))
}

function isExplained({ node }: Declared): boolean {
  const blocks = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const text = ts.getTextOfJSDocComment(blocks.at(-1)?.comment) ?? ''
  return beginsWithSentence(text)
}

/** Whether a text begins with a capital letter or a name and its first sentence has an end. */
export function beginsWithSentence(text: string): boolean {
  const flat = text.replaceAll(/\s+/g, ' ').trim()
  if (!/^(?:[\p{Lu}\d]|`[^`]+`|"|#)/u.test(flat)) return false
  const first = flat.match(/^.*?[.?!:](?=\s|$)/)?.[0]
  return first !== undefined && first.split(' ').length >= fewestWords
}
