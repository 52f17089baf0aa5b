import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freePort } from '../fixture/real-cluster.ts'
import { testTools } from '../fixture/tools.ts'
import { installRelease, ownNode, packRelease, removeRelease, withOwnNode } from './packed.ts'

const pod = `{
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
}`

const program = (load: string) => `
const known = () => Object.keys(globalThis).length + Reflect.ownKeys(Reflect).length
const clean = known()
${load}
if (known() !== clean) throw new Error('loading it changed the globals')
async function main() {
  const cluster = await simulate({ nodes: 2 })
  await cluster.apply(${pod})
  await cluster.until(() => cluster.pod('web').ready)
  expect(cluster.log).eventually('bound to node-')
  await cluster.node('node-1').crash()
  await cluster.advance('6m')
  console.log(cluster.pod('web').status, cluster.elapsedMs > 360_000)
  await cluster[Symbol.asyncDispose]()
}
main()
`

/** A file of tests: one that holds, and one whose claim does not. */
const spec = (load: string) => `
${load}

async function withPod(work) {
  const cluster = await simulate()
  try {
    await cluster.apply(${pod})
    await cluster.until(() => cluster.pod('web').ready)
    work(cluster)
  } finally {
    await cluster[Symbol.asyncDispose]()
  }
}

test('a pod becomes ready', () =>
  withPod((cluster) => expect(cluster.log).eventually('bound to node-1')))

test('a claim that does not hold', () =>
  withPod((cluster) => expect(cluster.log).never('bound to node-1')))
`

const required = "const { expect, simulate } = require('knarr')"
const imported = "import { expect, simulate } from 'knarr'"

interface Runner {
  readonly name: string
  readonly file: string
  readonly text: string
  readonly argv: readonly string[]
  /** How its report names the test that passed, and counts both. */
  readonly report: readonly RegExp[]
}

const runners: readonly Runner[] = [
  {
    name: 'node:test',
    file: 'web.test.mjs',
    text: spec(`import { test } from 'node:test'\n${imported}`),
    argv: ['--test', '--test-reporter=spec', 'web.test.mjs'],
    report: [/✔ a pod becomes ready/, /✖ a claim that does not hold/, /pass 1\n.*fail 1/],
  },
  {
    name: 'node:test, as CommonJS',
    file: 'web.test.cjs',
    text: spec(`const { test } = require('node:test')\n${required}`),
    argv: ['--test', '--test-reporter=spec', 'web.test.cjs'],
    report: [/✔ a pod becomes ready/, /✖ a claim that does not hold/, /pass 1\n.*fail 1/],
  },
  {
    name: 'vitest',
    file: 'web.spec.mjs',
    text: spec(`import { test } from 'vitest'\n${imported}`),
    argv: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', 'web.spec.mjs'],
    report: [/✓ .*a pod becomes ready/, /[×✗] .*a claim that does not hold/, /1 failed.*1 passed/],
  },
  {
    name: 'jest as it comes',
    file: 'jest.test.js',
    text: spec(required),
    argv: ['node_modules/jest/bin/jest.js', '--config={"testMatch":["**/jest.test.js"]}'],
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

describe('the release, packed and installed in an empty folder', () => {
  const node = ownNode()
  let tarball: string
  let files: readonly string[]
  let folder: string

  before(() => {
    const packed = packRelease()
    tarball = packed.tarball
    files = packed.files
    folder = installRelease(tarball)
  })

  after(() => removeRelease(dirname(tarball), folder))

  const own = (argv: readonly string[]) =>
    spawnSync(node, argv, { encoding: 'utf8', cwd: folder, env: withOwnNode() })

  test('it carries no sources and no Node, but the licences of what is inside', () => {
    const others = files.filter((file) => !/^(bin|dist)\//.test(file)).toSorted()
    assert.deepEqual(others, ['LICENSE', 'NOTICE', 'README.md', 'package.json'])
    assert.ok(files.includes('dist/THIRD-PARTY-LICENCES'))
    const kilobytes = Number(
      execFileSync('du', ['-sk', 'node_modules'], { cwd: folder, encoding: 'utf8' }).split('\t')[0],
    )
    assert.ok(kilobytes < 40_000, `${kilobytes} KB are installed`)
  })

  test('npx knarr brings a simulated cluster up and down', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'knarr-npx-'))
    const npx = (...argv: readonly string[]) =>
      spawnSync('npx', ['--no-install', 'knarr', ...argv, '--data-dir', dataDir], {
        encoding: 'utf8',
        cwd: folder,
        env: withOwnNode(),
      })
    try {
      const port = String(await freePort())
      const up = npx('up', '--sim', '--nodes', '2', '--detach', '--port', port)
      assert.equal(up.status, 0, up.stdout + up.stderr)
      const nodes = execFileSync(testTools().kubectl, ['get', 'nodes'], {
        encoding: 'utf8',
        env: { ...process.env, KUBECONFIG: join(dataDir, 'kubeconfig') },
      })
      assert.match(nodes, /^node-1 +Ready /m)
    } finally {
      const down = npx('down', '--delete-data')
      assert.equal(down.status, 0, down.stdout + down.stderr)
    }
  })

  const loads = [
    ['as an ES module', 'use.mjs', "const { expect, simulate } = await import('knarr')"],
    ['as CommonJS', 'use.cjs', required],
  ] as const
  for (const [how, file, load] of loads) {
    test(`the library works ${how}, and leaves the globals alone`, () => {
      writeFileSync(join(folder, file), program(load))
      const { status, stdout, stderr } = own([file])
      assert.deepEqual([status, stdout, stderr], [0, 'Running true\n', ''])
    })
  }

  for (const { name, file, text, argv, report } of runners) {
    test(`the library works under ${name}, and a claim that fails says why`, () => {
      writeFileSync(join(folder, file), text)
      const { status, stdout, stderr } = own(argv)
      const printed = stdout + stderr
      assert.equal(status, 1, printed)
      for (const line of report) assert.match(printed.replaceAll('ℹ ', ''), line)
      assert.match(printed, /expected never "bound to node-1", but it happened\n/)
      assert.match(printed, /\n *> \S+ scheduler update pods default\/web @\d+: bound to node-1;/)
      assert.doesNotMatch(printed, /no visual difference|undefined|^simple$/m)
    })
  }

  for (const file of ['use.mts', 'use.cts']) {
    test(`its types hold in ${file}, and need none of its sources`, () => {
      writeFileSync(join(folder, file), typed)
      const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext']
      const tsc = 'node_modules/typescript-native/bin/tsc'
      const { status, stdout } = own([tsc, ...flags, '--types', '', file])
      assert.deepEqual([status, stdout], [0, ''])
    })
  }
})
