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
  return tally(await knip(root, []))
}

/** The exports of a tree that only its tests use, as `room name`. */
export async function exportsForTests(root: string): Promise<Findings> {
  const [unused, unusedByCode] = await Promise.all([knip(root, []), knip(root, ['--production'])])
  const always = new Set(unused)
  return tally(unusedByCode.filter((key) => !always.has(key)))
}

async function knip(root: string, more: readonly string[]): Promise<readonly string[]> {
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
  return issues.flatMap(({ file, exports = [], types = [], files = [] }) => [
    ...[...exports, ...types].map(({ name }) => `${placeOf(file)} ${name}`),
    ...files.map(() => file),
  ])
}

function placeOf(file: string): string {
  const [top = '', room = ''] = file.split('/')
  return top === 'src' ? room : top
}
