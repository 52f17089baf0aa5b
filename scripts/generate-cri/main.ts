/**
 * Derives the CRI's message descriptor and TypeScript types from its published definition.
 *
 *     node scripts/generate-cri/main.ts FOLDER
 *
 * FOLDER holds `runtime-v1.proto` (k8s.io/cri-api, pkg/apis/runtime/v1/api.proto). What knarr does
 * not speak is left out: Windows, the listing streams, checkpoints, metrics, resizing of sandboxes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs'

const leftOut = /Windows|^Stream|^Checkpoint|Metric/
const methodsLeftOut = /^RuntimeConfig$|^UpdatePodSandboxResources$/
const output = join(import.meta.dirname, '../../src/runtime/cri/generated')

interface Message {
  readonly name: string
  readonly fields: readonly protobuf.Field[]
}

function main(folder: string | undefined): void {
  if (!folder) throw new Error('usage: generate-cri FOLDER (with runtime-v1.proto in it)')
  const source = readFileSync(join(folder, 'runtime-v1.proto'), 'utf8')
  const namespace = protobuf.parse(source).root.lookup('runtime.v1') as protobuf.Namespace
  const services = namespace.nestedArray.filter((node) => node instanceof protobuf.Service)
  const methods = services.flatMap((service) =>
    service.methodsArray
      .filter(({ name }) => !leftOut.test(name) && !methodsLeftOut.test(name))
      .map((method) => ({ service: service.name, method })),
  )
  const reached = reach(
    namespace,
    methods.flatMap(({ method }) => [method.requestType, method.responseType]),
  )
  const descriptor = render(reached.messages, reached.enums)
  writeFileSync(join(output, 'descriptor.json'), descriptor)
  writeFileSync(join(output, 'messages.ts'), [...types(reached), ...table(methods)].join('\n'))
}

/** Every message and enum that `roots` need, in the order of their names. */
function reach(namespace: protobuf.Namespace, roots: readonly string[]) {
  const messages = new Map<string, Message>()
  const enums = new Map<string, protobuf.Enum>()
  const visit = (from: protobuf.Namespace, typeName: string): void => {
    const node = from.lookup(typeName)
    if (node instanceof protobuf.Enum) enums.set(node.name, node)
    if (!(node instanceof protobuf.Type) || messages.has(node.name)) return
    const fields = node.fieldsArray.filter((field) => !leftOut.test(field.type))
    messages.set(node.name, { name: node.name, fields })
    for (const field of fields) visit(node, field.type)
  }
  for (const root of roots) visit(namespace, root)
  const sorted = <T>(map: Map<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return { messages: sorted(messages), enums: sorted(enums) }
}

/** protobufjs' JSON form, one definition a line so that a new version reads well as a diff. */
function render(
  messages: readonly (readonly [string, Message])[],
  enums: readonly (readonly [string, protobuf.Enum])[],
): string {
  const lines = [
    ...messages.map(([name, message]) => [name, { fields: fieldTable(message) }] as const),
    ...enums.map(([name, values]) => [name, { values: values.values }] as const),
  ].map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  return `{"nested": {\n${lines.join(',\n')}\n}}\n`
}

function fieldTable(message: Message): Record<string, object> {
  return Object.fromEntries(
    message.fields.map((field) => [
      field.name,
      {
        ...(field.repeated ? { rule: 'repeated' } : {}),
        ...(field instanceof protobuf.MapField ? { keyType: field.keyType } : {}),
        type: field.type,
        id: field.id,
      },
    ]),
  )
}

function types({ messages, enums }: ReturnType<typeof reach>): string[] {
  const enumNames = new Set(enums.map(([name]) => name))
  return [
    '// biome-ignore-all lint/style/noExcessiveLinesPerFile: generated',
    "/** Made by scripts/generate-cri from the CRI's definition; do not edit. */",
    ...enums.flatMap(([name, { values }]) => [
      ...union(
        name,
        Object.keys(values).map((value) => `'${value}'`),
      ),
      '',
    ]),
    ...messages.flatMap(([name, message]) => [...shape(name, message, enumNames), '']),
  ]
}

function union(name: string, values: readonly string[]): string[] {
  const line = `export type ${name} = ${values.join(' | ')}`
  if (line.length <= 100) return [line]
  return [`export type ${name} =`, ...values.map((value) => `  | ${value}`)]
}

function shape(name: string, message: Message, enumNames: ReadonlySet<string>): string[] {
  if (message.fields.length === 0) return [`export type ${name} = Readonly<Record<string, never>>`]
  return [
    `export interface ${name} {`,
    ...message.fields.map((field) => `  ${property(field, enumNames)}`),
    '}',
  ]
}

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'boolean',
  bytes: 'Uint8Array',
}

/** Decoded messages have every scalar, list and map; an absent message is null. */
function property(field: protobuf.Field, enumNames: ReadonlySet<string>): string {
  const isNumber = field.type in protobuf.types.basic && !(field.type in scalars)
  const type = isNumber ? 'number' : (scalars[field.type] ?? field.type)
  const isMessage = !(field.type in protobuf.types.basic) && !enumNames.has(field.type)
  if (field instanceof protobuf.MapField) {
    return `readonly ${field.name}: Readonly<Record<string, ${type}>>`
  }
  if (field.repeated) return `readonly ${field.name}: readonly ${type}[]`
  return `readonly ${field.name}: ${type}${isMessage ? ' | null' : ''}`
}

function table(
  methods: readonly { readonly service: string; readonly method: protobuf.Method }[],
): string[] {
  return [
    '/** Request and response of each method. */',
    'export interface Methods {',
    ...methods.flatMap(({ method }) => [
      `  readonly ${method.name}: {`,
      `    readonly request: ${method.requestType}`,
      `    readonly response: ${method.responseType}`,
      '  }',
    ]),
    '}',
    '',
    '/** Where each method is, and the names of its messages. */',
    'export const methods: Readonly<',
    '  Record<',
    '    keyof Methods,',
    '    { readonly path: string; readonly request: string; readonly response: string }',
    '  >',
    '> = {',
    ...methods.flatMap(({ service, method }) => [
      `  ${method.name}: {`,
      `    path: '/runtime.v1.${service}/${method.name}',`,
      `    request: '${method.requestType}',`,
      `    response: '${method.responseType}',`,
      '  },',
    ]),
    '}',
    '',
  ]
}

main(process.argv[2])
