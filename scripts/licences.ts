import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Metafile } from 'esbuild'

/** The licence texts of all packages that are inside a bundle, one after the other. */
export function licencesOf({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs).flatMap((file) => {
      const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
      return folder ? [folder] : []
    }),
  )
  return [...folders]
    .toSorted((a, b) => basename(a).localeCompare(basename(b)))
    .map(licenceOf)
    .join('\n')
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

function licenceOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder }).toSorted()
  const text =
    file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : ''
  return `== ${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})\n\n${text}\n`
}
