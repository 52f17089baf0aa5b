/**
 * Bundles knarr into `dist/` for release: the command, which starts fast, the library for tests with
 * its types, the licences of what is inside, and the texts for explain.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, bundleCommonJs } from './bundle.ts'
import { emitTypes } from './emit-types.ts'
import { licencesOf } from './licences.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })
const metafile = await bundle(dist, ['knarr', 'library'])
await bundleCommonJs(dist)
writeFileSync(join(dist, 'THIRD-PARTY-LICENCES'), licencesOf(metafile))
await emitTypes(join(dist, 'library.d.ts'))
copyFileSync(join(dist, 'library.d.ts'), join(dist, 'library.d.cts'))
execFileSync(process.execPath, [
  join(root, 'scripts/generate-api/descriptions.ts'),
  join(dist, 'descriptions.json'),
])
