import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { exportsForTests, unusedExports } from './unused.ts'

const repository = join(import.meta.dirname, '../..')

test('an export that nobody uses is found, and one that only tests use apart from it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'knarr-unused-'))
  try {
    const texts = {
      'package.json': '{ "name": "planted", "type": "module" }',
      'src/main.ts': "import { used } from './a/x.ts'\nconsole.log(used)",
      'src/a/x.ts': 'export const used = 1\nexport const unused = 2\nexport const tested = 3',
      'src/a/x.test.ts': "import { tested } from './x.ts'\nconsole.log(tested)",
    }
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    cpSync(join(repository, 'tsconfig.json'), join(root, 'tsconfig.json'))
    assert.deepEqual(await unusedExports(root), { 'a unused': 1 })
    assert.deepEqual(await exportsForTests(root), { 'a tested': 1 })
  } finally {
    rmSync(root, { recursive: true })
  }
})
