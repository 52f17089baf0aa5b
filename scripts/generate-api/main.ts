import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema } from './build-schema.ts'
import { emitKinds } from './emit-kinds.ts'
import { emitSchema } from './emit-schema.ts'
import { emitTypes } from './emit-types.ts'
import { messageOfGoType } from './go-names.ts'
import { differences, writeFiles } from './output.ts'
import pointers from './pointer-fields.json' with { type: 'json' }
import { readEnums } from './read-enums.ts'
import { readMergeSchema } from './read-merge-schema.ts'
import { readProtos } from './read-protos.ts'

const usage = `usage: node scripts/generate-api/main.ts FOLDER [--check]

Generates src/api/generated from a folder with the structure of one Kubernetes version: protos/,
structured-merge.yaml, kinds.json and string-values.json. With --check nothing is written; the exit
code is 1 when a file differs.`

/** Structure that the folder lacks: the aggregator's APIService, and knarr's own group. */
const supplementFolder = join(import.meta.dirname, 'supplement')

const generatedFolder = join(import.meta.dirname, '../../src/api/generated')

type Kinds = Parameters<typeof emitKinds>[0]

/** All generated files by their names below `src/api/generated`. */
export function generate(folder: string): ReadonlyMap<string, string> {
  const messages = [...readProtos(join(folder, 'protos')), ...readProtos(supplementFolder)]
  const mergeTypes = readMergeSchema(join(folder, 'structured-merge.yaml'))
  const kinds = JSON.parse(readFileSync(join(folder, 'kinds.json'), 'utf8')) as Kinds
  const kindMessages = new Set(Object.keys(kinds).map(messageOfGoType))
  const enums = readEnums(join(folder, 'string-values.json'))
  const schema = buildSchema({ messages, mergeTypes, kindMessages, enums, pointers })
  return new Map([
    ...emitTypes(schema),
    ['schema.json', emitSchema(schema)],
    ['kinds.json', emitKinds(kinds, schema)],
  ])
}

function main(args: readonly string[]): number {
  const folder = args.find((argument) => !argument.startsWith('-'))
  if (!folder) {
    console.error(usage)
    return 2
  }
  const files = generate(folder)
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
