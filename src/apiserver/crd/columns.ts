import type { CustomResourceDefinition } from '#api'
import { ageOf, type Column, goValue, parseTime } from '#machinery'
import { type JsonPath, parseJsonPath } from '#machinery/json-path'

type Version = CustomResourceDefinition['spec']['versions'][number]
type ColumnDefinition = NonNullable<Version['additionalPrinterColumns']>[number]

const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  value: ({ metadata }) => metadata.name,
}

const age: ColumnDefinition = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
}

/** The columns of one version: its name and what the definition adds, or else the age. */
export function columnsOf({ additionalPrinterColumns = [] }: Version): readonly Column[] {
  const given = additionalPrinterColumns.length > 0 ? additionalPrinterColumns : [age]
  const columns: Column[] = [nameColumn]
  for (const definition of given) {
    const path = pathOf(definition.jsonPath)
    // Upstream shows none of the columns after one that it cannot read.
    if (!path) break
    columns.push(columnOf(definition, path))
  }
  return columns
}

function pathOf(text: string): JsonPath | undefined {
  try {
    return parseJsonPath(text)
  } catch {
    return undefined
  }
}

function columnOf(definition: ColumnDefinition, path: JsonPath): Column {
  const { name, format, description, priority, jsonPath } = definition
  // Cast: validation lets no other type pass.
  const type = definition.type as Column['type']
  return {
    name,
    type,
    ...(format && { format }),
    description:
      description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    ...(priority && { priority }),
    value: (object, nowMs) => cellOf(type, path.first(object), nowMs),
  }
}

function cellOf(type: Column['type'], value: unknown, nowMs: number): ReturnType<Column['value']> {
  if (value === undefined) return null
  switch (type) {
    case 'string':
      if (typeof value === 'string') return value
      return value === null ? '<no value>' : goValue(value)
    case 'integer':
      return isNumber(value) ? wholeOf(value) : null
    case 'number':
      return isNumber(value) ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      return typeof value === 'string' ? dateCell(value, nowMs) : null
  }
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function wholeOf(value: number | bigint): number | bigint {
  return typeof value === 'bigint' ? value : Math.trunc(value)
}

function dateCell(text: string, nowMs: number): string {
  if (text === '' || text === 'null') return '<unknown>'
  return parseTime(text) === undefined ? '<invalid>' : ageOf(text, nowMs)
}
