import { execFileSync } from 'node:child_process'
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { projectRoot } from '../fixture/tools.ts'

/** What building a release needs of a checkout. */
const sources = [
  'bin',
  'scripts',
  'src',
  'LICENSE',
  'NOTICE',
  'package.json',
  'README.md',
  'tsconfig.json',
]

/** Packs the release as `npm publish` would, in a copy, so that the checkout stays as it is. */
export function packRelease(): { readonly tarball: string; readonly files: readonly string[] } {
  const copy = mkdtempSync(join(tmpdir(), 'knarr-pack-'))
  const filter = (file: string) => !file.startsWith(join(projectRoot, 'scripts/node/node_modules'))
  for (const name of sources) {
    cpSync(join(projectRoot, name), join(copy, name), { recursive: true, filter })
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'))
  const printed = execFileSync('npm', ['pack', '--json', '--loglevel=error'], {
    cwd: copy,
    encoding: 'utf8',
  })
  const [packed] = JSON.parse(printed.slice(printed.indexOf('['))) as readonly [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ]
  return { tarball: join(copy, packed.filename), files: packed.files.map(({ path }) => path) }
}

/** An empty folder of nobody in particular, with the release installed as a user would. */
export function installRelease(tarball: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'knarr-installed-'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true }\n')
  // Runners of tests are the user's own; those of the checkout stand for them.
  mkdirSync(join(folder, 'node_modules'))
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', [...install, tarball], { cwd: folder, env: withOwnNode(), stdio: 'pipe' })
  for (const name of ['vitest', 'jest', 'typescript-native']) {
    symlinkSync(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return folder
}

export function removeRelease(...folders: readonly string[]): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

/** The environment of somebody who has no checkout: the machine's own Node, and nothing of ours. */
export function withOwnNode(): Readonly<Record<string, string>> {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'))
  // How registries are reached is the machine's business.
  const reaching = Object.entries(process.env).filter(([name]) =>
    /_CA_|_PROXY$|^npm_config_/i.test(name),
  )
  const ways = Object.fromEntries(reaching.map(([name, value]) => [name, value ?? '']))
  return { ...ways, PATH: path.join(delimiter), HOME: process.env.HOME ?? '/', NO_COLOR: '1' }
}

/** The machine's own Node. */
export function ownNode(): string {
  const directories = (withOwnNode().PATH ?? '').split(delimiter)
  const found = directories.map((directory) => join(directory, 'node')).find(isExecutable)
  return found ?? process.execPath
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
