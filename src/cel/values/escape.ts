import type { CelField, CelType } from './cel-type.ts'

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/** How an expression writes the name of a property; undefined for a name that it cannot write. */
export function escapeFieldName(name: string): string | undefined {
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(name)) return undefined
  if (reserved.has(name)) return `__${name}__`
  return name.replace(/__|[./-]/g, (part) => escapes[part] ?? part)
}

const unescapes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(escapes).map(([part, escaped]) => [escaped, part]),
)

/** The name of a property that an expression writes so; undefined for what escapes nothing that is known. */
export function unescapeFieldName(escaped: string): string | undefined {
  const word = /^__(.+)__$/.exec(escaped)?.[1]
  if (word !== undefined && reserved.has(word)) return word
  const name = escaped.replace(/__[a-z]+__/g, (part) => unescapes[part] ?? part)
  return name === escaped ? undefined : name
}

/** An object whose fields are written as they are called, `namespace` too. */
export function plainObjectType(
  name: string,
  types: Readonly<Record<string, CelType>>,
): CelType & { readonly kind: 'object' } {
  const fields = Object.entries(types).map(([field, type]): [string, CelField] => [
    field,
    { name: field, type },
  ])
  return { kind: 'object', name, fields: new Map(fields) }
}

/** An object with the properties that an expression can write; others only count in comparisons. */
export function objectType(name: string, properties: Readonly<Record<string, CelType>>): CelType {
  const fields = new Map<string, CelField>()
  for (const [property, type] of Object.entries(properties)) {
    const escaped = escapeFieldName(property)
    if (escaped === undefined) continue
    fields.set(escaped, { name: property, type })
    // Upstream knows a reserved word by its own name too, where it stands behind a dot.
    if (reserved.has(property)) fields.set(property, { name: property, type })
  }
  return Object.freeze({ kind: 'object', name, fields })
}
