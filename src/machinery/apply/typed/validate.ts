import { goQuote } from '../../values/go-format.ts'
import { asList, asMap, formOf, itemElement, type JsonMap } from '../model/forms.ts'
import { elementText, fieldElement, type PathElement } from '../model/path-element.ts'
import type { OwnedList, OwnedMap, OwnedType, ScalarType } from '../model/schema.ts'

export interface TypeFault {
  /** For people: `.spec.replicas`; empty for the value itself. */
  readonly path: string
  readonly message: string
}

/**
 * What keeps a value from being of the type: forms that the schema does not allow, unknown fields,
 * items that cannot be identified, and items that occur twice.
 */
export function typeFaults(value: unknown, type: OwnedType): readonly TypeFault[] {
  switch (formOf(type, value)) {
    case 'scalar':
      return scalarFaults(value, type.scalar!)
    case 'list':
      return listFaults(value, type.list!)
    case 'map':
      return mapFaults(value, type.map!)
  }
}

/** One line, or one for each fault: `.spec.foo: field not declared in schema`. */
export function faultsMessage(faults: readonly TypeFault[]): string {
  const lines = faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  return lines.length === 1
    ? lines[0]!
    : ['errors:', ...lines.map((line) => `  ${line}`)].join('\n')
}

function fault(message: string): readonly TypeFault[] {
  return [{ path: '', message }]
}

function under(element: PathElement, faults: readonly TypeFault[]): readonly TypeFault[] {
  if (faults.length === 0) return faults
  const prefix = elementText(element)
  return faults.map(({ path, message }) => ({ path: prefix + path, message }))
}

// Upstream prints Go values here, wrappers and types included.
function scalarFaults(value: unknown, scalar: ScalarType): readonly TypeFault[] {
  if (value === null) return []
  switch (scalar) {
    case 'numeric':
      if (typeof value === 'number' || typeof value === 'bigint') return []
      return fault(`expected numeric (int or float), got ${goType(value)}`)
    case 'string':
      if (typeof value === 'string') return []
      return fault(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`)
    case 'boolean':
      if (typeof value === 'boolean') return []
      return fault(`expected boolean, got &{${goPlain(value)}}`)
    case 'untyped':
      if (typeof value !== 'object') return []
      return fault(`expected any scalar, got &{${goPlain(value)}}`)
  }
}

function listFaults(value: unknown, list: OwnedList): readonly TypeFault[] {
  if (value === null) return []
  const items = asList(value)
  if (!items) return fault(`expected list, got &{${goPlain(value)}}`)
  const faults: TypeFault[] = []
  const seen = new Set<PathElement>()
  for (const [i, item] of items.entries()) {
    const element = list.isAtomic ? `i:${i}` : itemElement(list, item)
    if (element instanceof Error) {
      // Without an element nothing can be said of what follows.
      return [...faults, ...fault(`element ${i}: ${element.message}`)]
    }
    if (seen.has(element))
      faults.push(...fault(`duplicate entries for key ${elementText(element)}`))
    seen.add(element)
    faults.push(...under(element, typeFaults(item, list.element())))
  }
  return faults
}

function mapFaults(value: unknown, map: OwnedMap): readonly TypeFault[] {
  if (value === null) return []
  const members = asMap(value)
  if (!members) return fault(`expected map, got &{${goPlain(value)}}`)
  const faults: TypeFault[] = []
  for (const [name, member] of Object.entries(members)) {
    const type = map.field(name)?.type() ?? map.element()
    if (!type)
      return [...faults, ...under(fieldElement(name), fault('field not declared in schema'))]
    const below = typeFaults(member, type)
    if (below.length > 0) faults.push(...under(fieldElement(name), below))
  }
  return faults
}

/** `%T` of decoded JSON. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'object') return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : 'string'
}

/** `%#v` of decoded JSON. */
function goSyntax(value: unknown): string {
  if (value === null) return 'interface {}(nil)'
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (typeof value !== 'object') return goScalar(value)
  const members = sortedMembers(value).map(
    ([name, member]) => `${goQuote(name)}:${goSyntax(member)}`,
  )
  return `map[string]interface {}{${members.join(', ')}}`
}

/** `%v` of decoded JSON. */
function goPlain(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goPlain).join(' ')}]`
  if (typeof value !== 'object') return goScalar(value)
  return `map[${sortedMembers(value)
    .map(([name, member]) => `${name}:${goPlain(member)}`)
    .join(' ')}]`
}

function sortedMembers(value: object | undefined): [string, unknown][] {
  return Object.entries(value as JsonMap).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Decoded numbers are floats: `%v` writes those from 1e6 on, and tiny ones, with an exponent. */
function goScalar(value: unknown): string {
  if (typeof value !== 'number') return String(value)
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value === 0 || (power >= -4 && power < 6)) return String(value)
  const magnitude = String(Math.abs(power)).padStart(2, '0')
  return `${digits}e${power < 0 ? '-' : '+'}${magnitude}`
}
