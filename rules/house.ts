/**
 * What keeps the house in order, beside types, lint and rooms: see `rules/house/`.
 *   node rules/house.ts           compares what is found with `rules/ratchet.json`
 *   node rules/house.ts --lower   lowers the ratchets to what is found; it raises none
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bareCasts, barePlaces, blindCasts, blindPlaces } from './house/casts.ts'
import { unexplained } from './house/docstrings.ts'
import { madeExpressions, polynomialExpressions } from './house/expressions.ts'
import { misnamedFixtures } from './house/fixtures.ts'
import { largeFolders, mutualFolders } from './house/folders.ts'
import { homonyms } from './house/homonyms.ts'
import { readProject } from './house/project.ts'
import { compare, type Findings, lowered, type Place, placesOfRisen } from './house/ratchet.ts'
import { exportsForTests, unusedExports, unusedOnDoors } from './house/unused.ts'
import { retiredPlaces, retiredWords } from './house/words.ts'

interface Rule {
  readonly name: string
  /** What to do about what was found. */
  readonly advice: string
  readonly found: Findings | Promise<Findings>
  /** Where the findings are, for a rule that counts them by room. */
  readonly places?: readonly Place[]
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const ratchetPath = join(root, 'rules/ratchet.json')
const project = readProject(root)

const rules: readonly Rule[] = [
  {
    name: 'unused exports',
    advice:
      'Nobody imports it: remove it, or the word export. What is passed on is named by an index.ts further out: a new kind by src/api/index.ts.',
    found: unusedExports(root),
  },
  {
    name: 'exports for tests only',
    advice: 'Test it through what uses it, or move it to a fixture.',
    found: exportsForTests(root),
  },
  {
    name: 'unused on doors',
    advice: 'No other room uses it: take it off the index.ts, and away where only tests are left.',
    found: unusedOnDoors(root),
  },
  {
    name: 'large folders',
    advice: 'A folder holds at most 15 files beside its tests: divide it by idea.',
    found: largeFolders(project),
  },
  {
    name: 'mutual folders',
    advice: 'Two folders of a room import each other: move what both need to one side or below.',
    found: mutualFolders(project),
  },
  {
    name: 'docstrings on doors',
    advice:
      'What a door exports has a docstring at its declaration that begins with a whole sentence.',
    found: unexplained(project),
  },
  {
    name: 'homonyms',
    advice: 'Two rooms export one name with two meanings: rename one, or share the declaration.',
    found: homonyms(project),
  },
  {
    name: 'blind casts',
    advice: '`as never` and `as unknown as` believe anything: say the type where it begins.',
    found: blindCasts(project),
    places: blindPlaces(project),
  },
  {
    name: 'casts without a reason',
    advice: 'Do without it, or say above it why it holds: `// Cast: …`.',
    found: bareCasts(project),
    places: barePlaces(project),
  },
  {
    name: 'polynomial expressions',
    advice: 'Its time grows faster than its input: write it so that it cannot backtrack.',
    found: polynomialExpressions(project, join(root, 'node_modules/.cache/knarr/expressions.json')),
  },
  {
    name: 'expressions made at run time',
    advice: 'Nobody can judge an expression that is made of input: compare text, or escape it.',
    found: madeExpressions(project),
  },
  {
    name: 'misnamed fixtures',
    advice: 'What only tests use is called x-fixture.ts, or stands in a folder fixture/.',
    found: misnamedFixtures(project),
  },
  {
    name: 'retired words',
    advice: 'Kubernetes has a word for it: see docs/glossary.md.',
    found: retiredWords(project),
    places: retiredPlaces(project),
  },
]

const ratchets: Record<string, Findings> = JSON.parse(readFileSync(ratchetPath, 'utf8'))
const lower = process.argv.includes('--lower')
for (const { name, advice, found: pending, places = [] } of rules) {
  const found = await pending
  // A rule that is new begins with what it finds.
  const held = ratchets[name] ?? (lower ? found : {})
  const { risen, fallen } = compare(found, held)
  if (risen.length > 0) {
    process.exitCode = 1
    const lines = [...risen, ...placesOfRisen(places, { found, held }, changedFiles())]
    console.error(`${name}: ${advice}\n${lines.map((line) => `  ${line}\n`).join('')}`)
  }
  if (lower) ratchets[name] = lowered(found, held)
  else if (fallen.length > 0) {
    process.exitCode = 1
    console.error(
      `${name}: better than the ratchet, run node rules/house.ts --lower\n${fallen.map((line) => `  ${line}\n`).join('')}`,
    )
  }
}
/** The files that differ from main, or are new; none where git knows no main. */
function changedFiles(): ReadonlySet<string> {
  const git = (...parameters: readonly string[]) =>
    spawnSync('git', parameters, { cwd: root, encoding: 'utf8' }).stdout.split('\n')
  return new Set([
    ...git('diff', '--name-only', 'main...'),
    ...git('diff', '--name-only'),
    ...git('ls-files', '--others', '--exclude-standard'),
  ])
}

if (lower) writeFileSync(ratchetPath, `${JSON.stringify(ratchets, null, 2)}\n`)
