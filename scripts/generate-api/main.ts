import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema } from './build-schema.ts'
import { emitKinds, kindEntries, kindNames } from './emit-kinds.ts'
import { emitSchema } from './emit-schema.ts'
import { emitTypes } from './emit-types.ts'
import { messageOfGoType } from './go-names.ts'
import { differences, writeFiles } from './output.ts'
import { generateOwnKinds, supplementMessages } from './own-kinds.ts'
import pointers from './pointer-fields.json' with { type: 'json' }
import { readEnums } from './read-enums.ts'
import { readMergeSchema } from './read-merge-schema.ts'
import { readProtos } from './read-protos.ts'

const usage = `usage: node scripts/generate-api/main.ts [FOLDER] [--check]

Generates src/api/generated. Without FOLDER, the kinds of scripts/generate-api/supplement are written
anew, which are knarr's own, and all others stay as they are. FOLDER has the structure of another
version of Kubernetes: protos/, structured-merge.yaml, kinds.json and string-values.json. With --check
nothing is written; the exit code is 1 when a file differs.`

const generatedFolder = join(import.meta.dirname, '../../src/api/generated')

type Kinds = Parameters<typeof kindEntries>[0]

/** All generated files by their names below `src/api/generated`. */
export function generate(folder: string): ReadonlyMap<string, string> {
  const messages = [...readProtos(join(folder, 'protos')), ...supplementMessages()]
  const mergeTypes = readMergeSchema(join(folder, 'structured-merge.yaml'))
  const kinds = JSON.parse(readFileSync(join(folder, 'kinds.json'), 'utf8')) as Kinds
  const kindMessages = new Set([...Object.keys(kinds).map(messageOfGoType), ...kindNames()])
  const enums = readEnums(join(folder, 'string-values.json'))
  const schema = buildSchema({ messages, mergeTypes, kindMessages, enums, pointers })
  return new Map([
    ...emitTypes(schema),
    ['schema.json', emitSchema(schema)],
    ['kinds.json', emitKinds(kindEntries(kinds, schema))],
  ])
}

function main(args: readonly string[]): number {
  const folder = args.find((argument) => !argument.startsWith('-'))
  if (args.includes('--help') || (folder && !existsSync(join(folder, 'protos')))) {
    console.error(folder ? `${folder} has no folder protos\n\n${usage}` : usage)
    return 2
  }
  const files = folder ? generate(folder) : generateOwnKinds(generatedFolder)
  if (!args.includes('--check')) {
    writeFiles(generatedFolder, files)
    return 0
  }
  const stale = differences(generatedFolder, files)
  for (const name of stale)
    console.error(`src/api/generated/${name} is not what would be generated`)
  return stale.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
