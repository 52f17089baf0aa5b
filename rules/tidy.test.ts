import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import packageJson from '../package.json' with { type: 'json' }

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

test('every room has a door, and every door has a name', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  for (const room of rooms) {
    assert.ok(existsSync(join(root, 'src', room, 'index.ts')), `src/${room}/index.ts`)
    assert.ok(Object.hasOwn(packageJson.imports, `#${room}`), `#${room} in package.json`)
  }
  for (const target of Object.values(packageJson.imports)) {
    assert.ok(existsSync(join(root, target)), `${target} is named but not there`)
  }
})

test('every controller folder is in the list', () => {
  const list = readFileSync(join(root, 'src/controllers/index.ts'), 'utf8')
  const folders = globSync('src/controllers/*/controller.ts', { cwd: root })
  for (const file of folders) {
    const name = dirname(file).split('/').at(-1)
    assert.ok(
      list.includes(`./${name}/controller.ts`),
      `${name} is not listed in src/controllers/index.ts`,
    )
  }
})

test('a release depends only on what cannot be bundled', () => {
  assert.deepEqual(Object.keys(packageJson.dependencies), ['classic-level'])
})

test('every dependency is explained', () => {
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const imported = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('/generated/'))
    .flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /^(?:import|} from) [^'\n]*'([^.#'\n][^'\n]*)'/gm,
      ),
    ])
    .flatMap(([, name = '']) => /^(?!node:)(?:@[^/]+\/)?[^/]+/.exec(name) ?? [])
  for (const name of new Set([...Object.keys(packageJson.dependencies), ...imported])) {
    assert.ok(page.includes(name), `${name} is not in docs/dependencies.md`)
  }
})

test('the page of what is served says what the registry says', () => {
  execFileSync(process.execPath, ['scripts/compatibility.ts', '--check'], { cwd: root })
})

test('a checkout without its packages says what installs them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'))
  try {
    copyFileSync(join(root, 'Makefile'), join(folder, 'Makefile'))
    const { status, stderr } = spawnSync('make', ['check'], { cwd: folder, encoding: 'utf8' })
    assert.equal(status, 2)
    assert.match(stderr, /'make setup-sim' installs them/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the pages and the schema of the simulation say what its tables say', () => {
  execFileSync(process.execPath, ['scripts/simulation-docs.ts', '--check'], { cwd: root })
})

test('decisions are numbered one after the other, and each says its number', () => {
  const pages = readdirSync(join(root, 'docs/adr')).toSorted()
  pages.forEach((page, index) => {
    assert.equal(page.slice(0, 4), String(index + 1).padStart(4, '0'), `docs/adr/${page}`)
    const title = readFileSync(join(root, 'docs/adr', page), 'utf8').split('\n')[0]
    assert.ok(title?.startsWith(`# ${index + 1}. `), `docs/adr/${page} begins with ${title}`)
  })
})

test('every word of the glossary has its nearest in Kubernetes', () => {
  const page = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| '))
  for (const row of rows) assert.equal(row.split('|').filter((cell) => cell.trim()).length, 3, row)
  for (const word of ['world', 'seam', 'room', 'door', 'drill', 'behaviour', 'lab', 'cause']) {
    assert.ok(
      rows.some((row) => row.startsWith(`| ${word}`)),
      `${word} is not in docs/glossary.md`,
    )
  }
})
