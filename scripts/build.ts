/**
 * Bundles knarr into `dist/` for release: the command, which starts fast, the library for tests, and
 * the texts for explain.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
mkdirSync(dist, { recursive: true })

await build({
  entryPoints: { knarr: join(root, 'src/main.ts'), library: join(root, 'src/testing/index.ts') },
  outdir: dist,
  bundle: true,
  // Real runtimes and stores are loaded only when they are asked for.
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: false,
  sourcemap: false,
  // Native code cannot be bundled; CommonJS inside the bundle needs `require`.
  external: ['classic-level'],
  banner: {
    js: "import { createRequire as knarrRequire } from 'node:module'; const require = knarrRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
execFileSync(process.execPath, [
  join(root, 'scripts/generate-api/descriptions.ts'),
  join(dist, 'descriptions.json'),
])
