import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { apiSchema } from '../../src/api/served/schema.ts'

const usage = `usage: node scripts/generate-api/descriptions.ts OUT_FILE

Collects the texts of types and fields for OpenAPI from the comments of @kubernetes/client-node into
one JSON file, which src/api/openapi/descriptions.ts reads. The file is made at build time and not
committed.`

const modelsFolder = join(
  import.meta.dirname,
  '../../node_modules/@kubernetes/client-node/dist/gen/models',
)

const classComment = /\/\*\*\n\* (.*)\n\*\/\nexport declare class/
const fieldComment = / {4}\/\*\*\n {4}\* (.*)\n {4}\*\/\n {4}'(\w+)'\??:/g
const attribute = /"name": "(\w+)",\s*"baseName": "([^"]+)"/g

/** The texts of one model by JSON name, its own under the empty name. */
export function textsOf(declaration: string, code: string): Record<string, string> {
  const jsonNames = new Map([...code.matchAll(attribute)].map((match) => [match[1]!, match[2]!]))
  const fields = [...declaration.matchAll(fieldComment)].map(
    (match) => [jsonNames.get(match[2]!) ?? match[2]!, plain(match[1]!)] as const,
  )
  const own = classComment.exec(declaration)?.[1]
  return { ...(own && { '': plain(own) }), ...Object.fromEntries(fields) }
}

/** Comments escape quotes as string literals do. */
function plain(comment: string): string {
  return comment.replace(/\\(['"])/g, '$1')
}

function main([outFile]: readonly string[]): number {
  if (!outFile) {
    console.error(usage)
    return 2
  }
  const texts = apiSchema.names.flatMap((name) => {
    const model = modelNames(name).find((one) => existsSync(join(modelsFolder, `${one}.d.ts`)))
    if (!model) return []
    const read = (ending: string) => readFileSync(join(modelsFolder, model + ending), 'utf8')
    return [[name, textsOf(read('.d.ts'), read('.js'))] as const]
  })
  if (texts.length === 0) throw new Error(`no models in ${modelsFolder}: is the package installed?`)
  mkdirSync(dirname(outFile), { recursive: true })
  writeFileSync(outFile, JSON.stringify(Object.fromEntries(texts)))
  return 0
}

/** Models are named by version and kind, with the group before them where that is ambiguous. */
function modelNames(schemaName: string): readonly string[] {
  const [group = '', version = '', kind = ''] = schemaName.split('.').slice(-3)
  const names = [capital(group) + capital(version) + kind, capital(version) + kind]
  // The legacy group is a view of the stable kinds of the same names.
  return group === 'extensions' ? [...names, `V1${kind}`] : names
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
