import { goQuote, type Resource, type Stored } from '#machinery'
import {
  exactField,
  type FieldSelector,
  isEverything,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type Selector,
} from '#machinery/selectors'
import { badRequest, type StatusError } from '#machinery/status'

/** Which objects of a resource a list or watch is about. */
export interface Selection {
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined
  /** The one name that is asked for, when a field selector or the path says so. */
  readonly name: string | undefined
  readonly labels: Selector
  readonly fields: FieldSelector
  /** Whether anything but the namespace has to be looked at. */
  readonly isPlain: boolean
  matches(object: Stored): boolean
}

export interface SelectionInput {
  /** Empty or undefined for all. */
  readonly namespace?: string | undefined
  /** From the path of a watch of one object. */
  readonly name?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Of a view: what its fields are called in the stored kind. Only these may be selected by. */
  readonly fieldNames?: Readonly<Record<string, string>> | undefined
}

/** Reads the selectors of a request; throws 400 for what cannot be read or is not supported. */
export function selectionOf(resource: Resource, input: SelectionInput): Selection {
  const labels = orBadRequest(() => parseLabelSelector(input.labelSelector ?? ''))
  const asked = orBadRequest(() => parseFieldSelector(input.fieldSelector ?? ''))
  const fields = asked.map((term) => ({ ...term, field: storedField(resource, input, term.field) }))
  const namespace = input.namespace || exactField(fields, 'metadata.namespace')
  const name = input.name || exactField(fields, 'metadata.name')
  const anyLabels = isEverything(labels)
  const isPlain = anyLabels && fields.length === 0 && !input.name
  return {
    namespace,
    name,
    labels,
    fields,
    isPlain,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name) &&
      (anyLabels || matchesLabels(labels, object.metadata.labels)) &&
      (fields.length === 0 || matchesFields(fields, (field) => fieldOf(resource, object, field))),
  }
}

/** The name of a field in the stored kind. @throws StatusError 400 for one that is not supported. */
function storedField(resource: Resource, { fieldNames }: SelectionInput, field: string): string {
  const isMeta = field.startsWith('metadata.')
  const stored = isMeta || !fieldNames ? field : (ownMember(fieldNames, field) ?? '')
  if (!isSupported(resource, stored)) throw notSupported(resource, field)
  return stored
}

function ownMember(names: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined
}

function isSupported({ selectableFields, scope }: Resource, field: string): boolean {
  if (field === 'metadata.name') return true
  if (field === 'metadata.namespace') return scope === 'Namespaced'
  return selectableFields !== undefined && Object.hasOwn(selectableFields, field)
}

/** Kinds that have no fields of their own have another text upstream. */
function notSupported({ selectableFields }: Resource, field: string): StatusError {
  if (selectableFields) return badRequest(`field label not supported: ${field}`)
  const supported = '"metadata.name", "metadata.namespace"'
  return badRequest(`${goQuote(field)} is not a known field selector: only ${supported}`)
}

/** The value that a field selector compares. */
function fieldOf(resource: Resource, object: Stored, field: string): string {
  if (field === 'metadata.name') return object.metadata.name
  if (field === 'metadata.namespace') return object.metadata.namespace ?? ''
  return resource.selectableFields?.[field]?.(object) ?? ''
}

function orBadRequest<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}
