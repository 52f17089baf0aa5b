import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const entries = { knarr: 'src/main.ts', library: 'src/testing/index.ts' } as const

/** The oldest Node that the bundles run on; `engines` in package.json says the same. */
const oldestNode = 'node20.19'

/** Newer than the oldest Node, and put into the bundle by `older-node.mjs` under these names. */
const brought: Readonly<Record<string, string>> = {
  AsyncDisposableStack: 'knarrAsyncDisposableStack',
  DisposableStack: 'knarrDisposableStack',
  'Map.groupBy': 'knarrGroupBy',
  'Promise.withResolvers': 'knarrWithResolvers',
  'URL.parse': 'knarrParseUrl',
}

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: oldestNode,
  inject: [join(root, 'scripts/older-node.mjs')],
  define: brought,
  minify: false,
  sourcemap: false,
  metafile: true,
  // Native code cannot be bundled.
  external: ['classic-level'],
  logLevel: 'warning',
}

/** Bundles some of the programs and libraries of knarr into a folder, as ES modules. */
export async function bundle(
  to: string,
  names: readonly (keyof typeof entries)[],
): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: Object.fromEntries(names.map((name) => [name, join(root, entries[name])])),
    outdir: to,
    metafile: true,
    // Real runtimes and stores are loaded only when they are asked for.
    splitting: true,
    format: 'esm',
    // CommonJS inside the bundle needs `require`.
    banner: {
      js: "import { createRequire as knarrRequire } from 'node:module'; const require = knarrRequire(import.meta.url);",
    },
  })
  return metafile
}

/** Bundles the library as one CommonJS file, for `require` and for Jest as it comes. */
export async function bundleCommonJs(to: string): Promise<void> {
  await build({
    ...common,
    entryPoints: { library: join(root, entries.library) },
    outdir: to,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    define: { ...brought, 'import.meta.url': 'knarrUrl' },
    banner: { js: "const knarrUrl = require('node:url').pathToFileURL(__filename).href;" },
  })
}
