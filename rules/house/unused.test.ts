import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { exportsForTests, unusedExports, unusedOnDoors } from './unused.ts'

const repository = join(import.meta.dirname, '../..')

test('an export that nobody uses is found, and one that only tests use apart from it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'knarr-unused-'))
  try {
    const texts = {
      'package.json':
        '{ "name": "planted", "type": "module", "imports": { "#a": "./src/a/index.ts" } }',
      'src/main.ts': "import { used } from '#a'\nconsole.log(used)",
      'src/a/index.ts': "export { passed, type Taken, used } from './x.ts'",
      'src/a/x.ts': [
        'export type Taken = number',
        'export const used: Taken = 1',
        'export const unused = 2',
        'export const tested = 3',
        'export const passed = 4',
      ].join('\n'),
      'src/a/x.test.ts': "import { tested } from './x.ts'\nconsole.log(tested)",
    }
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    cpSync(join(repository, 'tsconfig.json'), join(root, 'tsconfig.json'))
    assert.deepEqual(await unusedExports(root), { 'a unused': 1 })
    assert.deepEqual(await unusedOnDoors(root), { 'a passed': 1 })
    assert.deepEqual(await exportsForTests(root), { 'a tested': 1 })
  } finally {
    rmSync(root, { recursive: true })
  }
})
