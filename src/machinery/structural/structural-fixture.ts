import { type FieldErrors, fieldErrorMessage } from '../fields/field-errors.ts'
import { fieldPath } from '../fields/field-path.ts'
import type { SchemaField, SchemaNode } from '../schema/schema-node.ts'
import { checkCustomSchema } from './check/check.ts'
import type { CustomSchemaProps } from './model/schema-props.ts'
import { buildStructural, type Structural } from './model/structural.ts'

const string: SchemaNode = { kind: 'scalar', form: 'string' }
const texts: SchemaNode = { kind: 'map', values: string }

const members: Readonly<Record<string, SchemaField>> = {
  name: { schema: string },
  generateName: { schema: string },
  namespace: { schema: string },
  labels: { schema: texts },
  annotations: { schema: texts },
  finalizers: { schema: { kind: 'list', items: string } },
}

/** Metadata as far as these tests need it. */
export const metadataNode: SchemaNode = {
  kind: 'object',
  name: 'v1.ObjectMeta',
  field: (name) => (Object.hasOwn(members, name) ? members[name] : undefined),
}

export function structuralOf(props: CustomSchemaProps): Structural {
  return buildStructural(props, { metadata: metadataNode })
}

/** A schema of objects whose `spec` has these properties. */
export function specProps(properties: CustomSchemaProps['properties']): CustomSchemaProps {
  return {
    type: 'object',
    properties: { spec: { type: 'object', ...(properties && { properties }) } },
  }
}

export function messagesOf(errors: FieldErrors): readonly string[] {
  return errors.map(fieldErrorMessage)
}

/** What upstream says of a schema, without the path that is the same everywhere. */
export function checkedTexts(
  props: CustomSchemaProps,
  more: { readonly statusEnabled?: boolean; readonly old?: readonly CustomSchemaProps[] } = {},
): readonly string[] {
  const path = fieldPath('spec', 'versions').index(0).child('schema')
  const context = { path, statusEnabled: false, metadata: metadataNode, ...more }
  return messagesOf(checkCustomSchema(props, context)).map((text) =>
    text.replaceAll('spec.versions[0].schema.', ''),
  )
}
