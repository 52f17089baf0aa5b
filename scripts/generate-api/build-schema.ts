import {
  alsoWithTypeMeta,
  alwaysWritten,
  excludedPackages,
  extraPackages,
  jsonNames,
  omittedWhenEmpty,
  scalarForms,
  skippedMessages,
  unionForms,
} from './facts.ts'
import type { MergeField, MergeReference, MergeType } from './read-merge-schema.ts'
import { markerValue, type ProtoField, type ProtoMessage } from './read-protos.ts'
import type { FieldEntry, SchemaFile, TypeEntry } from './schema-types.ts'

export interface Sources {
  readonly messages: readonly ProtoMessage[]
  readonly mergeTypes: ReadonlyMap<string, MergeType>
  /** Full names of the messages that are kinds with metadata: they and their lists have TypeMeta. */
  readonly kindMessages: ReadonlySet<string>
  /** Values of closed string types by the full name of the message and the JSON field name. */
  readonly enums: ReadonlyMap<string, readonly string[]>
  /** JSON names of the scalar fields that are pointers in Go, by full message name. */
  readonly pointers: Readonly<Record<string, readonly string[]>>
}

/** Joins field numbers and markers of the protos with the JSON form of the field-ownership schema. */
export function buildSchema(sources: Sources): SchemaFile {
  const byName = new Map(sources.messages.map((message) => [message.name, message]))
  const included = sources.messages.filter(isIncluded)
  const types = included.map(
    (message) => [schemaName(message.name), buildType(message, byName, sources)] as const,
  )
  return { types: Object.fromEntries(types.sort(([a], [b]) => (a < b ? -1 : 1))) }
}

/** `k8s.io.api.core.v1.Pod` → `io.k8s.api.core.v1.Pod`, as OpenAPI definitions are named. */
export function schemaName(messageName: string): string {
  return messageName
    .replace(/^k8s\.io\./, 'io.k8s.')
    .replace('.apiextensions_apiserver.', '.apiextensions-apiserver.')
    .replace('.kube_aggregator.', '.kube-aggregator.')
}

/** The part of a message name after its package. */
export function shortName(messageName: string): string {
  return messageName.slice(messageName.lastIndexOf('.') + 1)
}

/** Whether knarr's API has the package: stable versions and the few that `facts.ts` names. */
export function isIncludedPackage(package_: string): boolean {
  if (excludedPackages.has(package_)) return false
  return /\.v\d+$/.test(package_) || extraPackages.has(package_)
}

function isIncluded(message: ProtoMessage): boolean {
  if (skippedMessages.has(message.name) || message.name in scalarForms) return false
  return isIncludedPackage(message.package)
}

function buildType(
  message: ProtoMessage,
  byName: ReadonlyMap<string, ProtoMessage>,
  sources: Sources,
): TypeEntry {
  const merge = sources.mergeTypes.get(schemaName(message.name))
  const atomic = merge
    ? merge.map?.elementRelationship === 'atomic'
    : markerValue(message.markers, 'structType') === 'atomic'
  const form = unionForms[shortName(message.name)]
  return {
    ...(atomic && { structType: 'atomic' as const }),
    ...(hasTypeMeta(message.name, sources.kindMessages) && { typeMeta: true as const }),
    ...(form && { form }),
    fields: Object.fromEntries(flatFields(message, byName, sources)),
  }
}

function hasTypeMeta(name: string, kinds: ReadonlySet<string>): boolean {
  return kinds.has(name) || kinds.has(name.replace(/List$/, '')) || alsoWithTypeMeta.has(name)
}

/** The fields as JSON has them: those of inlined structs stand in the place of the struct. */
function flatFields(
  message: ProtoMessage,
  byName: ReadonlyMap<string, ProtoMessage>,
  sources: Sources,
  outer?: ReadonlyMap<string, MergeField>,
): readonly NamedField[] {
  const merge = sources.mergeTypes.get(schemaName(message.name))
  const mergeFields = outer ?? new Map((merge?.map?.fields ?? []).map((f) => [f.name, f]))
  return message.fields.flatMap((field) => {
    const inlined = inlinedMessage(field, mergeFields, byName)
    if (!inlined) return [buildField(message, field, mergeFields, sources)]
    return flatFields(inlined, byName, sources, mergeFields).map(
      ([name, entry]): NamedField => [
        name,
        { ...entry, within: [field.number, ...(entry.within ?? [])] },
      ],
    )
  })
}

type NamedField = readonly [jsonName: string, entry: FieldEntry]

/** Go embeds a struct without a name of its own exactly where JSON lacks the proto field. */
function inlinedMessage(
  field: ProtoField,
  mergeFields: ReadonlyMap<string, MergeField>,
  byName: ReadonlyMap<string, ProtoMessage>,
): ProtoMessage | undefined {
  if (mergeFields.size === 0 || field.cardinality !== 'optional') return undefined
  if (sameLetters(field.name, mergeFields) !== undefined) return undefined
  return byName.get(field.type)
}

function sameLetters(
  name: string,
  mergeFields: ReadonlyMap<string, MergeField>,
): string | undefined {
  if (mergeFields.has(name)) return name
  return [...mergeFields.keys()].find((other) => other.toLowerCase() === name.toLowerCase())
}

function buildField(
  message: ProtoMessage,
  field: ProtoField,
  mergeFields: ReadonlyMap<string, MergeField>,
  sources: Sources,
): NamedField {
  const own = shortName(message.name)
  const name = jsonNames[own]?.[field.name] ?? sameLetters(field.name, mergeFields) ?? field.name
  const merge = mergeFields.get(name)
  const enumValues = sources.enums.get(`${message.name}.${name}`)
  const entry: FieldEntry = {
    type: fieldType(field),
    number: field.number,
    ...(isRequired(message, field, name, merge) && { required: true as const }),
    ...(merge ? mergeRelations(merge.type) : markerRelations(field)),
    ...patchMarkers(field),
    ...(sources.pointers[message.name]?.includes(name) && { pointer: true as const }),
    ...(enumValues && { enum: enumValues }),
  }
  const isKind = hasTypeMeta(message.name, sources.kindMessages)
  return [name, { ...entry, ...defaultOf(field, entry, merge, isKind) }]
}

function fieldType(field: ProtoField): string {
  const element =
    scalarForms[field.type] ?? (field.type.includes('.') ? schemaName(field.type) : field.type)
  if (field.cardinality === 'repeated') return `[]${element}`
  return field.cardinality === 'map' ? `map[${element}]` : element
}

/**
 * Go's rule, as OpenAPI has it: optional when marked so or when omitted if empty. A scalar that is
 * never omitted has its zero value as a default in the field-ownership schema.
 */
function isRequired(
  message: ProtoMessage,
  field: ProtoField,
  jsonName: string,
  merge: MergeField | undefined,
): boolean {
  const optional = ['optional', 'k8s:optional'].some(
    (name) => markerValue(field.markers, name) !== undefined,
  )
  if (optional) return false
  if (markerValue(field.markers, 'required') !== undefined) return true
  if (alwaysWritten.has(`${message.name}.${jsonName}`)) return true
  if (merge?.type.scalar && merge.type.scalar !== 'untyped' && merge.default === undefined) {
    return false
  }
  return !omittedWhenEmpty(message.name, jsonName)
}

type Relations = Pick<FieldEntry, 'listType' | 'listMapKeys' | 'mapType' | 'structType'>

function mergeRelations(type: MergeReference): Relations {
  if (type.list) {
    const { elementRelationship, keys } = type.list
    if (elementRelationship === 'atomic') return { listType: 'atomic' }
    return keys ? { listType: 'map', listMapKeys: keys } : { listType: 'set' }
  }
  if (type.map?.elementRelationship === 'atomic') return { mapType: 'atomic' }
  if (type.elementRelationship === 'atomic') return { structType: 'atomic' }
  return type.elementRelationship === 'separable' ? { structType: 'granular' } : {}
}

function markerRelations(field: ProtoField): Relations {
  const listType = markerValue(field.markers, 'listType')
  const keys = field.markers.filter((marker) => marker.name === 'listMapKey')
  return {
    ...(listType && { listType: listType as 'atomic' | 'set' | 'map' }),
    ...(keys.length > 0 && { listMapKeys: keys.map((key) => key.value) }),
    ...(markerValue(field.markers, 'mapType') === 'atomic' && { mapType: 'atomic' as const }),
    ...(markerValue(field.markers, 'structType') === 'atomic' && { structType: 'atomic' as const }),
  }
}

function patchMarkers(field: ProtoField): Pick<FieldEntry, 'patchStrategy' | 'patchMergeKey'> {
  const strategy = markerValue(field.markers, 'patchStrategy')
  const key = markerValue(field.markers, 'patchMergeKey')
  return { ...(strategy && { patchStrategy: strategy }), ...(key && { patchMergeKey: key }) }
}

/**
 * The declared default, or the zero value that upstream's encoding always writes: `{}` for a struct,
 * '' or 0 for a scalar that is not omitted when empty.
 */
function defaultOf(
  field: ProtoField,
  entry: FieldEntry,
  merge: MergeField | undefined,
  isKind: boolean,
): Pick<FieldEntry, 'default'> {
  const marked = markerValue(field.markers, 'default')
  if (merge) return merge.default === undefined ? {} : { default: merge.default }
  if (marked !== undefined && !marked.startsWith('ref(')) {
    return { default: JSON.parse(marked) as unknown }
  }
  if (isKind && kindParts.has(field.name) && field.type.includes('.')) return { default: {} }
  return entry.required && entry.type in zeroValues ? { default: zeroValues[entry.type] } : {}
}

/** Where the field-ownership schema is silent: the structs of a kind are never pointers. */
const kindParts = new Set(['metadata', 'spec', 'status'])

const zeroValues: Readonly<Record<string, unknown>> = {
  bool: false,
  int32: 0,
  int64: 0,
  string: '',
}
