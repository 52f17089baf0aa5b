import { filled, type HostileRequest, posted } from './hostile-parts.ts'

const target = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const traps = '/apis/example.com/v1/namespaces/default/traps'

const spec = (rest: string) =>
  `{"group":"example.com","scope":"Namespaced","names":{"plural":"nets","kind":"Net"},${rest}}`

function definition(rest: string): string {
  const head = '"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition"'
  return `{${head},"metadata":{"name":"nets.example.com"},"spec":${spec(rest)}}`
}

const schema = (rest: string) => `"schema":{"openAPIV3Schema":{"type":"object",${rest}}}`
const version = (rest: string) => `"versions":[{"name":"v1","served":true,"storage":true,${rest}}]`
const defined = (rest: string) => definition(version(schema(rest)))
const nested = (open: string, close: string, bytes: number) => {
  const depth = bytes / (open.length + close.length)
  return `${open.repeat(depth)}"type":"object"${close.repeat(depth)}`
}
const posts = (name: string, body: (bytes: number) => string) =>
  posted(`definition: ${name}`, body, { target })

/** Definitions that are meant to take long. */
const definitions: readonly HostileRequest[] = [
  posts('many properties', (bytes) =>
    defined(`"properties":{${filled(bytes, (i) => `"p${i}":{"type":"string"}`, ',')}}`),
  ),
  posts('deep properties', (bytes) =>
    defined(`"properties":{"p":{${nested('"type":"object","properties":{"p":{', '}}', bytes)}}}`),
  ),
  posts('deep negations', (bytes) => defined(`"not":{${nested('"not":{', '}', bytes)}}`)),
  posts('many patterns', (bytes) =>
    defined(
      `"properties":{${filled(bytes, (i) => `"p${i}":{"type":"string","pattern":"(a+)+${i}$"}`, ',')}}`,
    ),
  ),
  posts('one pattern', (bytes) =>
    defined(
      `"properties":{"p":{"type":"string","pattern":"${'(a|'.repeat(bytes / 4)}b${')'.repeat(bytes / 4)}"}}`,
    ),
  ),
  posts('defaults', (bytes) =>
    defined(
      `"properties":{"p":{"type":"array","items":{"type":"integer"},"default":[${filled(bytes, () => '1', ',')}]}}`,
    ),
  ),
  posts('an enum', (bytes) =>
    defined(
      `"properties":{"p":{"type":"string","enum":[${filled(bytes, (i) => `"e${i}"`, ',')}]}}`,
    ),
  ),
  posts('required fields', (bytes) =>
    defined(`"required":[${filled(bytes, (i) => `"r${i}"`, ',')}]`),
  ),
  posts('alternatives', (bytes) =>
    defined(`"anyOf":[${filled(bytes, (i) => `{"required":["r${i}"]}`, ',')}]`),
  ),
  posts('rules', (bytes) =>
    defined(`"x-kubernetes-validations":[${filled(bytes, (i) => `{"rule":"${i} > 1"}`, ',')}]`),
  ),
  posts('many versions', (bytes) =>
    definition(
      `"versions":[${filled(bytes, (i) => `{"name":"v${i + 1}","served":true,"storage":${i === 0},${schema('"x-kubernetes-preserve-unknown-fields":true')}}`, ',')}]`,
    ),
  ),
  posts('columns', (bytes) =>
    definition(
      version(
        `${schema('"description":"x"')},"additionalPrinterColumns":[${filled(bytes, (i) => `{"name":"c${i}","type":"string","jsonPath":"..*..*..c${i}"}`, ',')}]`,
      ),
    ),
  ),
  posts('selectable fields', (bytes) =>
    definition(
      version(
        `${schema('"properties":{"a":{"type":"string"}}')},"selectableFields":[${filled(bytes, () => '{"jsonPath":".a"}', ',')}]`,
      ),
    ),
  ),
  posts('short names', (bytes) =>
    definition(version(schema('"description":"x"'))).replace(
      '"kind":"Net"',
      `"kind":"Net","shortNames":[${filled(bytes, (i) => `"s${i}"`, ',')}]`,
    ),
  ),
]

const trap = (rest: string) =>
  `{"apiVersion":"example.com/v1","kind":"Trap","metadata":{"name":"a"},${rest}}`
const object = (name: string, body: (bytes: number) => string) =>
  posted(`custom resource: ${name}`, body, { target: traps })

/** Objects of a kind whose schema has something of everything. */
const objects: readonly HostileRequest[] = [
  object('unknown fields', (bytes) => trap(filled(bytes, (i) => `"u${i}":1`, ','))),
  object('unknown fields of many items', (bytes) =>
    trap(`"items":[${filled(bytes, (i) => `{"name":"n${i}","u":1}`, ',')}]`),
  ),
  object('keyed items', (bytes) =>
    trap(`"items":[${filled(bytes, (i) => `{"name":"n${i}"}`, ',')}]`),
  ),
  object('a set', (bytes) => trap(`"set":[${filled(bytes, (i) => `"s${i}"`, ',')}]`)),
  object('what no pattern matches', (bytes) => trap(`"text":"${'a'.repeat(bytes)}!"`)),
  object('open fields', (bytes) =>
    trap(`"open":{${filled(bytes, (i) => `"k${i}":{"a":[1,null]}`, ',')}}`),
  ),
  object('deep fields', (bytes) => {
    const depth = bytes / 6
    return trap(`"open":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
  }),
  object('nulls', (bytes) => trap(filled(bytes, (i) => `"n${i}":null`, ','))),
  object('a field manager of many fields', (bytes) =>
    trap(`"open":{${filled(bytes, (i) => `"k${i}":1`, ',')}}`),
  ),
]

/** What the definition of Traps says, whose objects the requests write. */
export const trapDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'traps.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'traps', kind: 'Trap' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              text: { type: 'string', pattern: '^(a+)+$' },
              set: {
                type: 'array',
                'x-kubernetes-list-type': 'set',
                items: { type: 'string' },
              },
              items: {
                type: 'array',
                'x-kubernetes-list-type': 'map',
                'x-kubernetes-list-map-keys': ['name'],
                items: {
                  type: 'object',
                  required: ['name'],
                  properties: {
                    name: { type: 'string', pattern: '^(n|[0-9])*$' },
                    size: { type: 'integer', default: 1 },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}

/** Requests about kinds that users define. */
export const definitionRequests: readonly HostileRequest[] = [...definitions, ...objects]
