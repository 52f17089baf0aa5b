/** Exports that nothing imports, and exports that only tests import, as knip sees them. */
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Findings, tally } from './ratchet.ts'

interface Issue {
  readonly file: string
  readonly exports?: readonly { readonly name: string }[]
  readonly types?: readonly { readonly name: string }[]
  readonly files?: readonly unknown[]
}

const here = dirname(fileURLToPath(import.meta.url))

/** The exports of a tree that nobody uses, as `room name`; a file that nobody imports is one. */
export async function unusedExports(root: string): Promise<Findings> {
  return tally(keysOf(await plain(root)))
}

/**
 * What doors pass on and nobody takes, as `room name`. Types may stay, since signatures name them; so
 * does the public library, whose users are elsewhere.
 */
export async function unusedOnDoors(root: string): Promise<Findings> {
  const issues = await knip(root, ['--include-entry-exports'])
  const always = new Set(keysOf(await plain(root)))
  const values = issues
    .filter(({ file }) => /^src\/.*\bindex\.ts$/.test(file) && file !== library)
    .map(({ file, exports = [] }) => ({ file, exports }))
  return tally(keysOf(values).filter((key) => !always.has(key)))
}

const library = 'src/testing/index.ts'

/** The exports of a tree that only its tests use, as `room name`. */
export async function exportsForTests(root: string): Promise<Findings> {
  const [unused, unusedByCode] = await Promise.all([plain(root), knip(root, ['--production'])])
  const always = new Set(keysOf(unused))
  return tally(keysOf(unusedByCode).filter((key) => !always.has(key)))
}

/** What knip finds in a tree without more; the rules share it. */
function plain(root: string): Promise<readonly Issue[]> {
  const found = known.get(root) ?? knip(root, [])
  known.set(root, found)
  return found
}

const known = new Map<string, Promise<readonly Issue[]>>()

async function knip(root: string, more: readonly string[]): Promise<readonly Issue[]> {
  const program = join(here, '../../node_modules/knip/bin/knip.js')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      program,
      '--directory',
      root,
      '--config',
      join(here, '../knip.json'),
      ...['--include', 'exports,types,files', '--reporter', 'json', '--no-exit-code'],
      ...more,
    ],
    { maxBuffer: 1 << 28 },
  )
  const { issues } = JSON.parse(stdout) as { readonly issues: readonly Issue[] }
  return issues
}

function keysOf(issues: readonly Issue[]): readonly string[] {
  return issues.flatMap(({ file, exports = [], types = [], files = [] }) => [
    ...[...exports, ...types].map(({ name }) => `${placeOf(file)} ${name}`),
    ...files.map(() => file),
  ])
}

function placeOf(file: string): string {
  const [top = '', room = ''] = file.split('/')
  return top === 'src' ? room : top
}
