/**
 * Bundles knarr into `dist/` for release: the command, which starts fast, the library for tests with
 * its types, and the texts for explain.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import { emitTypes } from './emit-types.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
mkdirSync(dist, { recursive: true })

await bundle(dist, ['knarr', 'library'])
await emitTypes(join(dist, 'library.d.ts'))
execFileSync(process.execPath, [
  join(root, 'scripts/generate-api/descriptions.ts'),
  join(dist, 'descriptions.json'),
])
