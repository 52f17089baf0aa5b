import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isIncludedPackage } from './build-schema.ts'
import { readProtos } from './read-protos.ts'

const usage = `usage: node scripts/generate-api/find-pointers.ts GO_FOLDER STRUCTURE_FOLDER

Writes pointer-fields.json beside this script: the scalar fields of which upstream tells absence from
zero, because its Go type is a pointer. GO_FOLDER holds the modules of one version (k8s.io/api,
k8s.io/apimachinery, k8s.io/apiextensions-apiserver); Debian has them as golang-k8s-*-dev packages.
STRUCTURE_FOLDER is the folder that main.ts reads.`

const declaration = /^type (\w+) struct \{$/
const pointer = /^\s+\w+\s+\*[\w.]+\s+`json:"([^",]*)[^"]*" protobuf:"[^"]*"/

/** JSON names of the pointer fields by full message name, of one Go file. */
export function pointersOf(text: string, package_: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  let type = ''
  for (const line of text.split('\n')) {
    type = declaration.exec(line)?.[1] ?? type
    const name = pointer.exec(line)?.[1]
    if (!name) continue
    const key = `${package_}.${type}`
    found.set(key, [...(found.get(key) ?? []), name])
  }
  return found
}

function main([goFolder, structureFolder]: readonly string[]): number {
  if (!goFolder || !structureFolder) {
    console.error(usage)
    return 2
  }
  const scalars = scalarFields(structureFolder)
  const result: Record<string, readonly string[]> = {}
  const files = globSync('k8s.io/*/**/*types*.go', { cwd: goFolder }).sort()
  for (const file of files) {
    const package_ = dirname(file).replaceAll('/', '.').replaceAll('-', '_')
    if (!isIncludedPackage(package_)) continue
    const pointers = pointersOf(readFileSync(join(goFolder, file), 'utf8'), package_)
    for (const [message, names] of pointers) {
      const own = names.filter((name) => scalars.has(`${message}.${name}`.toLowerCase()))
      if (own.length > 0) result[message] = own
    }
  }
  const lines = Object.entries(result).map(([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`)
  const text = `{\n${lines.sort().join(',\n')}\n}\n`
  writeFileSync(join(import.meta.dirname, 'pointer-fields.json'), text)
  return 0
}

/** Full names of the scalar fields, in small letters: JSON and proto names differ in them only. */
function scalarFields(folder: string): ReadonlySet<string> {
  const messages = readProtos(join(folder, 'protos'))
  const names = messages.flatMap((message) =>
    message.fields
      .filter((field) => field.cardinality === 'optional' && !field.type.includes('.'))
      .map((field) => `${message.name}.${field.name}`.toLowerCase()),
  )
  return new Set(names)
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
