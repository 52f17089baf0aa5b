import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Writes the declarations of the library as one file: what its door leads to, and nothing that needs
 * the sources or another package.
 */
export async function emitTypes(file: string): Promise<void> {
  const emitted = mkdtempSync(join(tmpdir(), 'knarr-types-'))
  try {
    const compiler = createRequire(import.meta.url).resolve('typescript-native/package.json')
    const project = join(root, 'scripts/tsconfig.types.json')
    const tsc = [join(dirname(compiler), 'bin/tsc'), '-p', project, '--outDir', emitted]
    execFileSync(process.execPath, tsc, { stdio: 'inherit' })
    const bundle = await rollup({
      input: join(emitted, 'testing/index.d.ts'),
      external: (id) => !id.startsWith('.') && !id.startsWith('#') && !id.startsWith('/'),
      plugins: [{ name: 'rooms', resolveId: rooms(emitted) }, dts()],
    })
    const { output } = await bundle.write({ file, format: 'es' })
    const [{ imports }] = output
    if (imports.length > 0) throw new Error(`the declarations need ${imports.join(', ')}`)
    writeFileSync(file, withReadableNames(readFileSync(file, 'utf8')))
  } finally {
    rmSync(emitted, { recursive: true })
  }
}

/**
 * Gives readable names to what has the name of another type: rollup calls the metadata of any object, beside
 * those of a kind, `ObjectMeta$1`.
 * @throws Error when something is exported under another name than its own
 */
function withReadableNames(text: string): string {
  const readable = text.replaceAll(/\b([A-Z]\w*)\$1\b/g, 'Any$1')
  const odd = /\b\w+\$\d+\b/.exec(readable) ?? /^export .*\b(\w+ as \w+)/m.exec(readable)
  if (odd) throw new Error(`the declarations have a name that nobody wrote: ${odd[0]}`)
  return readable
}

/** `#api` and `./pod.ts` as files among those that the compiler wrote. */
function rooms(emitted: string): (id: string, from?: string) => string | undefined {
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly imports: Readonly<Record<string, string>>
  }
  return (id, from) => {
    const room = imports[id]?.replace('./src', emitted)
    const path = id.startsWith('.') && from ? resolve(dirname(from), id) : undefined
    return (room ?? path)?.replace(/\.[jt]s$/, '.d.ts')
  }
}
