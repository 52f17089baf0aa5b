import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, isIncludedPackage, schemaName } from './build-schema.ts'
import { emitKinds, type KindEntry, kindEntries, kindNames } from './emit-kinds.ts'
import { emitSchema } from './emit-schema.ts'
import { emitTypes } from './emit-types.ts'
import { alsoWithTypeMeta } from './facts.ts'
import { type ProtoMessage, readProtos } from './read-protos.ts'
import type { SchemaFile } from './schema-types.ts'

/** Structure that no version's folder has: the aggregator's APIService, and knarr's own group. */
const supplementFolder = join(import.meta.dirname, 'supplement')

/** The messages of `supplement/`, of which each that has metadata is known to be a kind. */
export function supplementMessages(folder = supplementFolder): readonly ProtoMessage[] {
  const messages = readProtos(folder)
  const known = new Set([...kindNames(), ...alsoWithTypeMeta])
  for (const { name, package: package_, fields } of messages) {
    if (!isIncludedPackage(package_)) {
      throw new Error(
        `${package_} is of no stable version: name it in scripts/generate-api/facts.ts`,
      )
    }
    const hasMeta = fields.some(({ type }) => type.endsWith('.meta.v1.ObjectMeta'))
    if (hasMeta && !known.has(name)) {
      throw new Error(
        `${name} has metadata: say in scripts/generate-api/kind-facts.ts whether it is namespaced`,
      )
    }
  }
  return messages
}

/** All generated files with the types and kinds of `supplement/` written anew into those that are there. */
export function generateOwnKinds(
  generatedFolder: string,
  messages = supplementMessages(),
): ReadonlyMap<string, string> {
  const packages = new Set(messages.map((message) => message.package))
  const isOurs = (name: string) => ownPrefixes.some((prefix) => isInPackage(name, prefix))
  const ownPrefixes = [...packages].map(schemaName)
  // Cast: the generator wrote these files.
  const read = (name: string) =>
    JSON.parse(readFileSync(join(generatedFolder, name), 'utf8')) as SchemaFile & {
      readonly kinds: readonly KindEntry[]
    }
  const own = buildSchema({
    messages,
    mergeTypes: new Map(),
    kindMessages: new Set(kindNames()),
    enums: new Map(),
    pointers: {},
  })
  const others = Object.entries(read('schema.json').types).filter(([name]) => !isOurs(name))
  const all = [...others, ...Object.entries(own.types)].sort(([a], [b]) => (a < b ? -1 : 1))
  const schema: SchemaFile = { types: Object.fromEntries(all) }
  const kinds = [
    ...read('kinds.json').kinds.filter((kind) => !isOurs(kind.schemaName)),
    ...kindEntries({}, schema, (package_) => packages.has(package_)),
  ]
  return new Map([
    ...emitTypes(schema),
    ['schema.json', emitSchema(schema)],
    ['kinds.json', emitKinds(kinds)],
  ])
}

function isInPackage(name: string, package_: string): boolean {
  return name.slice(0, name.lastIndexOf('.')) === package_
}
