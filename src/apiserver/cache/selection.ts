import {
  badRequest,
  exactField,
  type FieldSelector,
  isEverything,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type Resource,
  type Selector,
  type Stored,
} from '#machinery'

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
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

/** Reads the selectors of a request; throws 400 for what cannot be read or is not supported. */
export function selectionOf(resource: Resource, input: SelectionInput): Selection {
  const labels = orBadRequest(() => parseLabelSelector(input.labelSelector ?? ''))
  const fields = orBadRequest(() => parseFieldSelector(input.fieldSelector ?? ''))
  for (const { field } of fields) {
    if (!isSupported(resource, field)) throw badRequest(`field label not supported: ${field}`)
  }
  const namespace = input.namespace || exactField(fields, 'metadata.namespace')
  const anyLabels = isEverything(labels)
  return {
    namespace,
    name: exactField(fields, 'metadata.name'),
    labels,
    fields,
    isPlain: anyLabels && fields.length === 0,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (anyLabels || matchesLabels(labels, object.metadata.labels)) &&
      (fields.length === 0 || matchesFields(fields, (field) => fieldOf(resource, object, field))),
  }
}

function isSupported({ selectableFields, scope }: Resource, field: string): boolean {
  if (field === 'metadata.name') return true
  if (field === 'metadata.namespace') return scope === 'Namespaced'
  return selectableFields !== undefined && Object.hasOwn(selectableFields, field)
}

/** The value that a field selector compares. */
export function fieldOf(resource: Resource, object: Stored, field: string): string {
  if (field === 'metadata.name') return object.metadata.name
  if (field === 'metadata.namespace') return object.metadata.namespace ?? ''
  return resource.selectableFields?.[field]?.(object as never) ?? ''
}

function orBadRequest<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}
