/**
 * Writes what follows from the tables of the simulation: the keys of a behaviour and the commands of the
 * shell in docs/simulation-behaviour.md, and the JSON Schema of a behaviour. With `--check` it fails when
 * one of them is not what the tables say.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { behaviourKeys } from '../src/sim/behaviour/keys.ts'
import { behaviourSchema } from '../src/sim/behaviour/schema.ts'
import { builtins, documentedRow } from '../src/sim/shell/builtins/table.ts'

const root = join(import.meta.dirname, '..')

/** The page with the rows of one table replaced, which is known by its head. */
function withRows(page: string, head: string, rows: readonly string[]): string {
  const lines = page.split('\n')
  const start = lines.indexOf(head) + 2
  if (start < 2) throw new Error(`docs/simulation-behaviour.md has no table ${head}`)
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'))
  return [...lines.slice(0, start), ...rows, ...lines.slice(start + length)].join('\n')
}

function pageOf(old: string): string {
  const keys = Object.entries(behaviourKeys).map(([key, { what }]) => `| \`${key}\` | ${what} |`)
  const commands = builtins.map(documentedRow).toSorted()
  return withRows(withRows(old, '| key | value |', keys), '| command | |', commands)
}

const files: Readonly<Record<string, (old: string) => string>> = {
  'docs/simulation-behaviour.md': pageOf,
  'src/sim/behaviour/schema.json': () => `${JSON.stringify(behaviourSchema(), null, 2)}\n`,
}

for (const [name, write] of Object.entries(files)) {
  const path = join(root, name)
  const old = readFileSync(path, 'utf8')
  const text = write(old)
  if (text === old) continue
  if (process.argv.includes('--check')) {
    console.error(`${name} is stale: run node scripts/simulation-docs.ts`)
    process.exitCode = 1
  } else writeFileSync(path, text)
}
