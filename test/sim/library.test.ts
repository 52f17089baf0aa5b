import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bundle } from '../../scripts/bundle.ts'
import { emitTypes } from '../../scripts/emit-types.ts'
import { projectRoot } from '../tools.ts'

const pod = `{
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
}`

const program = `
const known = () => Object.keys(globalThis).length + Reflect.ownKeys(Reflect).length
const clean = known()
const { expect, simulate } = await import('knarr')
if (known() !== clean) throw new Error('importing it changed the globals')
await using cluster = await simulate({ nodes: 2 })
await cluster.apply(${pod})
await cluster.until(() => cluster.pod('web').ready)
expect(cluster.log).eventually('bound to node-')
console.log(cluster.pod('web').status)
`

/** A file of tests: one that holds, and one whose claim does not. */
const spec = (importTest: string) => `
${importTest}
import { expect, simulate } from 'knarr'

test('a pod becomes ready', async () => {
  await using cluster = await simulate()
  await cluster.apply(${pod})
  await cluster.until(() => cluster.pod('web').ready)
  expect(cluster.log).eventually('bound to node-1')
})

test('a claim that does not hold', async () => {
  await using cluster = await simulate()
  await cluster.apply(${pod})
  await cluster.until(() => cluster.pod('web').ready)
  expect(cluster.log).never('bound to node-1')
})
`

interface Runner {
  readonly name: string
  readonly importTest: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** How its report names the test that passed, and counts both. */
  readonly report: readonly RegExp[]
}

const tool = (path: string) => join(projectRoot, 'node_modules', path)

const runners: readonly Runner[] = [
  {
    name: 'node:test',
    importTest: "import { test } from 'node:test'",
    argv: ['--test', '--test-reporter=spec', 'web.test.mjs'],
    report: [/✔ a pod becomes ready/, /✖ a claim that does not hold/, /pass 1\n.*fail 1/],
  },
  {
    name: 'vitest',
    importTest: "import { test } from 'vitest'",
    argv: [tool('vitest/vitest.mjs'), 'run', '--reporter=verbose', 'web.test.mjs'],
    report: [/✓ .*a pod becomes ready/, /[×✗] .*a claim that does not hold/, /1 failed.*1 passed/],
  },
  {
    name: 'jest',
    importTest: '',
    argv: [tool('jest/bin/jest.js'), '--config={"transform":{},"testMatch":["**/web.test.mjs"]}'],
    // Jest loads ES modules, as this library is one, only with this flag.
    env: { NODE_OPTIONS: '--experimental-vm-modules' },
    report: [/✓ a pod becomes ready/, /✕ a claim that does not hold/, /1 failed, 1 passed/],
  },
]

const typed = `
import { expect, simulate, type Simulation } from 'knarr'

export async function run(): Promise<string> {
  await using cluster: Simulation = await simulate({ nodes: 2, seed: 7 })
  await cluster.fault('cut', { type: 'NodePartition', node: 'node-1', direction: 'ToServer' })
  await cluster.until(() => cluster.deployment('web').readyReplicas === 2, { within: '5m' })
  expect(cluster.log).never(/Failed/)
  const phase: string | undefined = cluster.pod('web').object.status?.phase
  return phase ?? cluster.pod('web').status
}

// @ts-expect-error nodes are a number, or a list
void simulate({ nodes: 'two' })
// @ts-expect-error there is no such member
void run().then((text) => text.nothing)
`

describe('the library as others get it', () => {
  let directory: string

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'knarr-library-'))
    chmodSync(directory, 0o755)
    const installed = join(directory, 'node_modules/knarr')
    mkdirSync(installed, { recursive: true })
    cpSync(join(projectRoot, 'package.json'), join(installed, 'package.json'))
    await bundle(join(installed, 'dist'), ['library'])
    await emitTypes(join(installed, 'dist/library.d.ts'))
    symlinkSync(tool('vitest'), join(directory, 'node_modules/vitest'))
    writeFileSync(join(directory, 'package.json'), '{"type": "module"}')
  })

  after(() => rmSync(directory, { recursive: true, force: true }))

  test('it works from a bundle, in a process of nobody in particular', () => {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '' },
      uid: 65_534,
      cwd: directory,
    })
    assert.equal(output, 'Running\n')
  })

  for (const { name, importTest, argv, env, report } of runners) {
    test(`it works under ${name}, and a claim that fails says why`, () => {
      writeFileSync(join(directory, 'web.test.mjs'), spec(importTest))
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', ...env },
        cwd: directory,
      })
      const told = stdout + stderr
      assert.equal(status, 1, told)
      for (const line of report) assert.match(told.replaceAll('ℹ ', ''), line)
      assert.match(told, /expected never "bound to node-1", but it happened\n/)
      assert.match(told, /\n *> \S+ scheduler update pods default\/web @\d+: bound to node-1;/)
      assert.doesNotMatch(told, /no visual difference|undefined|^simple$/m)
    })
  }

  test('its types need none of its sources', () => {
    writeFileSync(join(directory, 'use.ts'), typed)
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext']
    const argv = [tool('typescript-native/bin/tsc'), ...flags, '--types', '', 'use.ts']
    const { status, stdout } = spawnSync(process.execPath, argv, {
      encoding: 'utf8',
      cwd: directory,
    })
    assert.deepEqual([status, stdout], [0, ''])
  })
})
