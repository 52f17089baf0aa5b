import { derived } from '#lib'
import type { ApiSchema, FieldSchema, TypeSchema } from '../../schema/schema.ts'

/** A message as the wire has it: by field number, with the structs that JSON has flat. */
export interface MessagePlan {
  /** In the order of numbers, as upstream writes them. */
  readonly members: readonly Member[]
  readonly byNumber: ReadonlyMap<number, Member>
  /** The names of all fields, inlined ones too, in the order of JSON. */
  readonly jsonOrder: readonly string[]
}

export type Member =
  | { readonly kind: 'field'; readonly number: number; readonly field: FieldSchema }
  /** A message whose fields stand in the enclosing JSON object. */
  | { readonly kind: 'inlined'; readonly number: number; readonly plan: MessagePlan }

/** @throws Error when the schema has no such type. */
export function planOf(schema: ApiSchema, name: string): MessagePlan {
  return planOfType(typeNamed(schema, name))
}

const planOfType = derived(({ fields }: TypeSchema) => planFields(fields, 0))

/** @throws Error when the schema has no such type. */
export function typeNamed(schema: ApiSchema, name: string): TypeSchema {
  const type = schema.type(name)
  if (!type) throw new Error(`no protobuf encoding is known for ${name}`)
  return type
}

function planFields(fields: readonly FieldSchema[], depth: number): MessagePlan {
  const groups = Map.groupBy(
    fields.filter((field) => field.protobuf.within.length > depth),
    (field) => field.protobuf.within[depth]!,
  )
  const members: Member[] = [
    ...fields
      .filter((field) => field.protobuf.within.length === depth)
      .map((field): Member => ({ kind: 'field', number: field.protobuf.number, field })),
    ...[...groups].map(
      ([number, inner]): Member => ({
        kind: 'inlined',
        number,
        plan: planFields(inner, depth + 1),
      }),
    ),
  ]
  members.sort((a, b) => a.number - b.number)
  return {
    members,
    byNumber: new Map(members.map((member) => [member.number, member])),
    jsonOrder: fields.map((field) => field.name),
  }
}
