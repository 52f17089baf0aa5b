/**
 * Prints the figures of the house, by room and in total.
 *   node rules/measure.ts [ROOT]    of another tree than this one, when a folder is named
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handMadeCaches } from './house/caches.ts'
import { allCasts, bareCasts, blindCasts } from './house/casts.ts'
import { longestChain } from './house/chain.ts'
import { doorDocs } from './house/docstrings.ts'
import { expressionsOf, polynomialExpressions } from './house/expressions.ts'
import { isFixture, misnamedFixtures } from './house/fixtures.ts'
import { largeFolders, mutualFolders } from './house/folders.ts'
import { homonymRooms } from './house/homonyms.ts'
import { type Project, readProject } from './house/project.ts'
import { type Findings, tally } from './house/ratchet.ts'
import { exportsForTests, unusedExports, unusedOnDoors } from './house/unused.ts'

const here = join(dirname(fileURLToPath(import.meta.url)), '..')
const root = process.argv[2] ?? here
const project = readProject(root)
const rooms = [...new Set([...project.files.values()].map(({ room }) => room))]
  .filter((room) => room !== '')
  .toSorted()

const roomOfPath = (path: string) => path.split(' ')[0]?.split('/')[1] ?? ''
const firstWord = (key: string) => key.split(' ')[0] ?? ''
const inRooms = (found: Findings, roomOf: (key: string) => string): Findings =>
  tally(Object.entries(found).flatMap(([key, count]) => Array(count).fill(roomOf(key))))
const foldersByRoom = (found: Findings) => tally(Object.keys(found).map(roomOfPath))
const sum = (found: Findings) => Object.values(found).reduce((total, count) => total + count, 0)

const large = largeFolders(project)
const mutual = mutualFolders(project)
const twice = homonymRooms(project)
const polynomial = await polynomialExpressions(
  project,
  join(here, 'node_modules/.cache/knarr/measured-expressions.json'),
)
const [unused, onDoors, forTests] = await Promise.all([
  unusedExports(root),
  unusedOnDoors(root),
  exportsForTests(root),
])
const lines = linesOf(project)

const columns: readonly (readonly [string, Findings, number?])[] = [
  ['folders over 15', foldersByRoom(large)],
  ['mutual pairs', foldersByRoom(mutual)],
  ['homonyms', tally([...twice.values()].flat()), twice.size],
  ['casts', allCasts(project)],
  ['without reason', bareCasts(project)],
  ['blind', blindCasts(project)],
  ['caches', handMadeCaches(project)],
  ['unused exports', inRooms(unused, firstWord)],
  ['unused on doors', inRooms(onDoors, firstWord)],
  ['for tests only', inRooms(forTests, firstWord)],
  ['polynomial', inRooms(polynomial, firstWord)],
  ['fixtures misnamed', foldersByRoom(misnamedFixtures(project))],
  ['longest chain', chains(), longestChain(project).length],
  ['code lines', lines.code],
  ['test lines', lines.tests],
]

const row = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)
row(['room', ...columns.map(([title]) => title), 'tests/code'])
row(['---', ...columns.map(() => '--:'), '--:'])
for (const room of rooms) {
  row([
    room,
    ...columns.map(([, found]) => found[room] ?? 0),
    ratio(lines.tests[room], lines.code[room]),
  ])
}
row([
  'total',
  ...columns.map(([, found, total]) => total ?? sum(found)),
  ratio(sum(lines.tests), sum(lines.code)),
])

console.log('')
row(['door', 'names', 'with docstring'])
row(['---', '--:', '--:'])
let names = 0
let explained = 0
for (const [door, docs] of doorDocs(project)) {
  names += docs.names
  explained += docs.names - docs.missing.length
  row([door, docs.names, percent(docs.names - docs.missing.length, docs.names)])
}
row(['all doors', names, percent(explained, names)])

list(
  'Folders over 15 files',
  Object.entries(large).map(([folder, count]) => `${folder}: ${count}`),
)
list('Folders of a room that import each other', Object.keys(mutual))
list(
  'Names with two meanings',
  [...twice].map(([name, of]) => `${name}: ${of.join(', ')}`),
)
list('Polynomial expressions', Object.keys(polynomial))
list('Expressions made at run time', [...expressionsOf(project).made])
list(
  'Casts that believe anything',
  Object.entries(blindCasts(project, 'path')).map(([path, count]) => `${path}: ${count}`),
)
list('Fixtures under another name', Object.keys(misnamedFixtures(project)))
list('Longest chain of imports', longestChain(project))
list('Unused exports', Object.keys(unused))
list('Passed on by a door, and taken by nobody', Object.keys(onDoors))
list('Exports that only tests use', Object.keys(forTests))
list(
  'On a door without a docstring that begins with a sentence',
  [...doorDocs(project).values()].flatMap(({ missing }) => missing),
)

function list(title: string, entries: readonly string[]): void {
  console.log(`\n## ${title}: ${entries.length}\n`)
  for (const entry of entries) console.log(`- ${entry}`)
}

function chains(): Findings {
  const ofRoom = (room: string) => longestChain(project, (other) => other === room).length
  return Object.fromEntries(rooms.map((room) => [room, ofRoom(room)]))
}

function linesOf({ files }: Project): { readonly code: Findings; readonly tests: Findings } {
  const code: Record<string, number> = {}
  const tests: Record<string, number> = {}
  for (const { path, room, isTest, isGenerated } of files.values()) {
    if (isGenerated) continue
    const isForTests = isTest || isFixture(path) || /\/conformance(?:\.ts$|\/)/.test(path)
    const side = isForTests ? tests : code
    side[room] = (side[room] ?? 0) + readFileSync(join(root, path), 'utf8').split('\n').length - 1
  }
  return { code, tests }
}

function ratio(tests = 0, code = 0): string {
  return (tests / Math.max(code, 1)).toFixed(2)
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${Math.round((100 * part) / whole)} %`
}
