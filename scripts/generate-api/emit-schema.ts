import type { SchemaFile } from './schema-types.ts'

/** The schema as JSON with one field a line, so that a new version is a readable diff. */
export function emitSchema(schema: SchemaFile): string {
  const types = Object.entries(schema.types).map(([name, { fields, ...type }]) => {
    const head = JSON.stringify(type).slice(1, -1)
    const lines = Object.entries(fields).map(
      ([key, field]) => `  ${JSON.stringify(key)}: ${JSON.stringify(field)}`,
    )
    const body = lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n}`
    return `${JSON.stringify(name)}: {${head}${head && ', '}"fields": ${body}}`
  })
  return `{"types": {\n${types.join(',\n')}\n}}\n`
}
