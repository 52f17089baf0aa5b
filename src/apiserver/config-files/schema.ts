import type { SchemaNode } from '#machinery/schema'

type Field = NonNullable<ReturnType<Extract<SchemaNode, { kind: 'object' }>['field']>>

/** A struct of a configuration file: its Go name for messages, and its fields. */
export function struct(name: string, fields: Readonly<Record<string, SchemaNode>>): SchemaNode {
  const byName = new Map<string, Field>(
    Object.entries(fields).map(([field, schema]) => [field, { schema, required: true }]),
  )
  return { kind: 'object', name, field: (field) => byName.get(field) }
}

/** A list of one type. */
export function listOf(items: SchemaNode): SchemaNode {
  return { kind: 'list', items }
}

/** A text. */
export const configText: SchemaNode = { kind: 'scalar', form: 'string' }

/** A truth value. */
export const configFlag: SchemaNode = { kind: 'scalar', form: 'bool' }

/** A whole number. */
export const configNumber: SchemaNode = { kind: 'scalar', form: 'int32' }

/** A span of time, as Go writes it. */
export const duration: SchemaNode = { kind: 'scalar', form: 'duration' }
