import { header } from './output.ts'
import type { FieldEntry, SchemaFile, TypeEntry } from './schema-types.ts'

/** One TypeScript file per group version, and an index over them, by file name. */
export function emitTypes(schema: SchemaFile): ReadonlyMap<string, string> {
  const modules = Map.groupBy(Object.entries(schema.types), ([name]) => moduleName(packageOf(name)))
  const files = new Map<string, string>()
  for (const [module, types] of [...modules].sort(([a], [b]) => (a < b ? -1 : 1))) {
    files.set(`types/${module}.ts`, emitModule(module, types))
  }
  files.set('types/index.ts', emitIndex(modules))
  return files
}

type NamedType = readonly [name: string, type: TypeEntry]

/** `io.k8s.api.core.v1` → `core-v1`; `io.k8s.apimachinery.pkg.apis.meta.v1` → `meta-v1`. */
function moduleName(package_: string): string {
  return package_.split('.').slice(-2).join('-')
}

function packageOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'))
}

function shortOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function emitModule(module: string, types: readonly NamedType[]): string {
  const imports = new Map<string, Set<string>>()
  const declarations = types.map(([name, type]) => emitType(name, type, imports))
  const own = new Set(types.map(([name]) => shortOf(name)))
  const lines = [...imports]
    .filter(([from]) => from !== module)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, names]) => importLine(from, [...names].sort(), own))
  const scalars = module === scalarModule ? scalarAliases : ''
  return [header, ...lines, '', scalars + declarations.join('\n')].join('\n')
}

function importLine(from: string, names: readonly string[], own: ReadonlySet<string>): string {
  const list = names.map((name) => (own.has(name) ? `${name} as ${foreign(from, name)}` : name))
  return `import type { ${list.join(', ')} } from './${from}.ts'`
}

/** A type of another group version that has the name of one of our own. */
function foreign(module: string, name: string): string {
  return `${pascal(module)}${name}`
}

function pascal(module: string): string {
  return module.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())
}

const scalarModule = 'meta-v1'

/** JSON forms of the API's scalars, by the name that the schema gives them. */
const scalarTypes: Readonly<Record<string, string>> = {
  bool: 'boolean',
  bytes: 'string',
  double: 'number',
  int32: 'number',
  int64: 'number',
  string: 'string',
  quantity: 'Quantity',
  intOrString: 'IntOrString',
  time: 'Time',
  microTime: 'MicroTime',
  duration: 'Duration',
  fieldsV1: 'FieldsV1',
  rawExtension: 'RawExtension',
  json: 'unknown',
  stringList: 'readonly string[]',
}

const scalarAliases = `/** A number with a unit: \`500m\`, \`128Mi\`. */
export type Quantity = string

/** A number, or a percentage or name as a string. */
export type IntOrString = number | string

/** RFC 3339 with seconds: \`2006-01-02T15:04:05Z\`. */
export type Time = string

/** RFC 3339 with microseconds: \`2006-01-02T15:04:05.000000Z\`. */
export type MicroTime = string

/** A span of time as Go writes it: \`1m30s\`. */
export type Duration = string

/** A set of field paths, as managed fields keep it. */
export type FieldsV1 = unknown

/** Any object of any kind. */
export type RawExtension = Readonly<Record<string, unknown>>

`

const unionTypes: Readonly<Record<string, string>> = {
  schemaOrArray: 'JSONSchemaProps | readonly JSONSchemaProps[]',
  schemaOrBool: 'JSONSchemaProps | boolean',
  schemaOrStringArray: 'JSONSchemaProps | readonly string[]',
}

function emitType(name: string, type: TypeEntry, imports: Map<string, Set<string>>): string {
  if (type.form) return `export type ${shortOf(name)} = ${unionTypes[type.form]}\n`
  const module = moduleName(packageOf(name))
  const meta = type.typeMeta ? ['  readonly apiVersion?: string', '  readonly kind?: string'] : []
  const fields = Object.entries(type.fields).map(([key, field]) => {
    const type_ = typeExpression(field.type, (reference) => use(reference, module, imports))
    const property = /^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`
    return `  readonly ${property}${field.required ? '' : '?'}: ${type_}`
  })
  const body = [...meta, ...fields]
  if (body.length === 0) return `export type ${shortOf(name)} = Readonly<Record<string, never>>\n`
  return [`export interface ${shortOf(name)} {`, ...body, '}', ''].join('\n')
}

/** The TypeScript form of a schema type expression. */
function typeExpression(type: FieldEntry['type'], resolve: (name: string) => string): string {
  if (type.startsWith('[]')) return `readonly ${typeExpression(type.slice(2), resolve)}[]`
  const map = /^map\[(.*)\]$/.exec(type)
  if (map) return `Readonly<Record<string, ${typeExpression(map[1]!, resolve)}>>`
  return resolve(type)
}

function use(type: string, module: string, imports: Map<string, Set<string>>): string {
  const scalar = scalarTypes[type]
  const isAlias = scalar !== undefined && /^[A-Z]/.test(scalar)
  if (scalar !== undefined && !isAlias) return scalar
  const from = isAlias ? scalarModule : moduleName(packageOf(type))
  const name = isAlias ? scalar! : shortOf(type)
  if (from === module) return name
  const names = imports.get(from) ?? new Set()
  imports.set(from, names.add(name))
  return name
}

/** Stable group versions first: a name that several have means the type of the first here. */
const precedence = ['core-v1', 'meta-v1', 'apps-v1', 'batch-v1', 'autoscaling-v2']

/**
 * Every group version as a namespace (`EventsV1.Event`), and the names of the stable ones flat.
 */
function emitIndex(modules: ReadonlyMap<string, readonly NamedType[]>): string {
  const names = [...modules.keys()].sort()
  const namespaces = names.map(
    (name) =>
      `/** The types of ${name} as Kubernetes publishes them. */\nexport type * as ${pascal(name)} from './${name}.ts'`,
  )
  const stable = names.filter((name) => /-v\d+$/.test(name) && !precedence.includes(name))
  const seen = new Set<string>()
  const flat = [...precedence, ...stable].flatMap((module) => {
    const aliases = module === scalarModule ? [...scalarAliases.matchAll(/type (\w+) =/g)] : []
    const own = [
      ...aliases.map((match) => match[1]!),
      ...(modules.get(module) ?? []).map(([name]) => shortOf(name)),
    ].filter((name) => !seen.has(name))
    for (const name of own) seen.add(name)
    if (own.length === 0) return []
    return [`export type {`, ...own.sort().map((name) => `  ${name},`), `} from './${module}.ts'`]
  })
  return [header, ...namespaces, '', ...flat, ''].join('\n')
}
