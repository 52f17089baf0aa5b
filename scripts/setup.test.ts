import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '..')

/** A checkout with nothing in it but setup, whose npm and Debian packages are told of and not installed. */
interface Checkout extends Disposable {
  write(path: string, text: string): string
  /** Runs setup; what it installed, in order. */
  setUp(...options: readonly string[]): readonly string[]
}

function checkout(): Checkout {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-setup-'))
  const told = join(directory, 'told')
  const write = (path: string, text: string) => {
    const at = join(directory, path)
    mkdirSync(join(at, '..'), { recursive: true })
    writeFileSync(at, text)
    return at
  }
  const program = (path: string, script: string) =>
    chmodSync(write(path, `#!/bin/bash\n${script}`), 0o755)
  program('bin/node', 'echo v24.1.0')
  program(
    'bin/npm',
    `[ ! -e ${directory}/no-network ] || exit 1
     echo "npm $3" >>${told}; mkdir -p "$3/node_modules"; cp "$3/package-lock.json" "$3/node_modules/.package-lock.json"`,
  )
  program('scripts/install-debian', `echo "debian $*" >>${told}`)
  copyFileSync(join(root, 'scripts/setup'), join(directory, 'scripts/setup'))
  write('package-lock.json', '{"lockfileVersion": 3}')
  return {
    write,
    setUp(...options) {
      rmSync(told, { force: true })
      const env = { ...process.env, PATH: `${directory}/bin:${process.env.PATH}` }
      execFileSync(join(directory, 'scripts/setup'), options, { env, stdio: 'pipe' })
      return existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

describe('setup', () => {
  test('installs npm packages once, and again when the lockfile says something else', () => {
    using one = checkout()
    assert.deepEqual(one.setUp(), ['npm .', 'debian'])
    assert.deepEqual(one.setUp('--test'), ['debian --test'])
    one.write('package-lock.json', '{"lockfileVersion": 3, "packages": {}}')
    assert.deepEqual(one.setUp(), ['npm .', 'debian'])
  })

  test('does not take a packages folder that was touched for one that is up to date', () => {
    using one = checkout()
    one.setUp()
    one.write('package-lock.json', '{"lockfileVersion": 3, "packages": {}}')
    const later = 4_000_000_000
    const installed = one.write('node_modules/.package-lock.json', '{"lockfileVersion": 3}')
    utimesSync(installed, later, later)
    assert.deepEqual(one.setUp(), ['npm .', 'debian'])
  })

  test('does not install again what only looks older than the lockfile', () => {
    using one = checkout()
    one.setUp()
    one.write('package-lock.json', '{"lockfileVersion": 3}')
    assert.deepEqual(one.setUp(), ['debian'])
  })

  test('tries again after an installation that failed', () => {
    using one = checkout()
    const isDown = one.write('no-network', '')
    assert.throws(() => one.setUp('--sim'))
    rmSync(isDown)
    assert.deepEqual(one.setUp('--sim'), ['npm .'])
  })

  test('for a simulation installs no Debian packages, and make sim asks for it', () => {
    using one = checkout()
    assert.deepEqual(one.setUp('--sim'), ['npm .'])
    const commands = execFileSync('make', ['--dry-run', 'sim'], { cwd: root, encoding: 'utf8' })
    assert.match(commands, /^scripts\/setup --sim\nbin\/knarr up --sim/m)
  })
})
