/**
 * Writes docs/drill-report.schema.json, the JSON schema of the report of `knarr drill --output json`, from the types
 * of src/drills/model.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGenerator } from 'ts-json-schema-generator'
import { reportVersion } from '../src/drills/model/report.ts'

const root = join(import.meta.dirname, '..')

/** Where the schema is kept. */
export const schemaFile = join(root, 'docs/drill-report.schema.json')

/**
 * Makes the schema. Members that it does not know are allowed: a later knarr may say more under the same version, and
 * readers pass over what they do not know.
 */
export function drillReportSchema(): Readonly<Record<string, unknown>> {
  const schema = createGenerator({
    path: join(root, 'src/drills/model/report.ts'),
    tsconfig: join(root, 'tsconfig.json'),
    type: 'DrillReport',
    // `make check` checks types, with another version of the compiler.
    skipTypeCheck: true,
    additionalProperties: true,
  }).createSchema('DrillReport')
  return { $schema: schema.$schema, title: `DrillReport of ${reportVersion}`, ...schema }
}

if (import.meta.main) {
  writeFileSync(schemaFile, `${JSON.stringify(drillReportSchema(), undefined, 2)}\n`)
}
