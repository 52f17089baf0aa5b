import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build } from 'esbuild'
import { projectRoot } from '../tools.ts'

const program = `
const clean = Object.keys(globalThis).length
const { expect, simulate } = await import('LIBRARY')
if (Object.keys(globalThis).length !== clean) throw new Error('importing it changed the globals')
await using cluster = await simulate({ nodes: 2 })
await cluster.apply({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
})
await cluster.until(() => cluster.pod('web').ready)
expect(cluster.log).eventually('bound to node-')
console.log(cluster.pod('web').status)
`

describe('the library as others get it', () => {
  let directory: string

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'knarr-library-'))
    chmodSync(directory, 0o755)
    await build({
      entryPoints: { library: join(projectRoot, 'src/testing/index.ts') },
      outdir: directory,
      bundle: true,
      splitting: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      external: ['classic-level'],
      outExtension: { '.js': '.mjs' },
      banner: {
        js: "import { createRequire as knarrRequire } from 'node:module'; const require = knarrRequire(import.meta.url);",
      },
    })
  })

  after(() => rmSync(directory, { recursive: true, force: true }))

  test('it works from a bundle, in a process of nobody in particular', () => {
    const script = program.replace('LIBRARY', join(directory, 'library.mjs'))
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '' },
      uid: 65_534,
      cwd: '/',
    })
    assert.equal(output, 'Running\n')
  })
})
