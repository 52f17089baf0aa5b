import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Bundles some of the programs and libraries of knarr into a folder. */
export async function bundle(to: string, names: readonly (keyof typeof entries)[]): Promise<void> {
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(root, entries[name])])),
    outdir: to,
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
}

const entries = { knarr: 'src/main.ts', library: 'src/testing/index.ts' } as const
