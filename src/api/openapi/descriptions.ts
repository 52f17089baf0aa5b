import { existsSync, readFileSync } from 'node:fs'
import { type Descriptions, noDescriptions } from './served.ts'

/** By the name of a type: its own text under the empty name, those of its fields under theirs. */
type DescriptionTexts = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * Texts from the file that `scripts/generate-api/descriptions.ts` writes at build time. It is no part
 * of the source: without it, `kubectl explain` shows the structure alone.
 */
export function readDescriptions(file: string): Descriptions {
  if (!existsSync(file)) return noDescriptions
  return descriptionsOf(JSON.parse(readFileSync(file, 'utf8')) as DescriptionTexts)
}

function descriptionsOf(texts: DescriptionTexts): Descriptions {
  const text = (type: string, name: string) =>
    Object.hasOwn(texts, type) && Object.hasOwn(texts[type]!, name) ? texts[type]![name] : undefined
  return { type: (name) => text(name, ''), field: text }
}
