import { stringify } from 'yaml'
import { type ApiResponseBody, encodeJson, jsonPieces } from '#machinery'
import type { AnswerForm } from './plain-json.ts'

/** A list or table: what stands before its elements, and the elements as they are asked for. */
export interface LongList {
  readonly head: object
  /** What holds the elements. */
  readonly member: string
  readonly elements: Iterable<unknown>
}

/** The body of a list in JSON, indented JSON or YAML, encoded element by element while it is sent. */
export function longListBody(form: AnswerForm, list: LongList): ApiResponseBody {
  if (form.encoding === 'yaml') {
    return { kind: 'pieces', contentType: 'application/yaml', pieces: yamlPieces(list) }
  }
  const pieces = form.pretty
    ? indentedPieces(list)
    : jsonPieces(list.head, list.member, jsonOf(list.elements))
  return { kind: 'pieces', contentType: 'application/json', pieces }
}

function* jsonOf(elements: Iterable<unknown>): Generator<Uint8Array> {
  for (const element of elements) yield Buffer.from(encodeJson(element))
}

/** What `JSON.stringify(…, null, 2)` writes of the whole. */
function* indentedPieces({ head, member, elements }: LongList): Generator<Uint8Array> {
  yield Buffer.from(
    `${JSON.stringify(head, null, 2).slice(0, -2)},\n  ${JSON.stringify(member)}: [`,
  )
  let isEmpty = true
  for (const element of elements) {
    const text = encodeJson(element, 2).replaceAll('\n', '\n    ')
    yield Buffer.from(`${isEmpty ? '' : ','}\n    ${text}`)
    isEmpty = false
  }
  yield Buffer.from(isEmpty ? ']\n}' : '\n  ]\n}')
}

/** YAML 1.1 with sorted keys: its readers take a bare time for a date and a bare `on` for a flag. */
const asUpstreamWrites = {
  aliasDuplicateObjects: false,
  indentSeq: false,
  sortMapEntries: true,
  version: '1.1',
} as const

/** An object in YAML as upstream writes it. */
export function yamlOf(value: unknown): string {
  return stringify(value, asUpstreamWrites)
}

/** The members of the head stand before and behind the list, in the order of their names. */
function* yamlPieces({ head, member, elements }: LongList): Generator<Uint8Array> {
  const members = Object.entries(head)
  const before = members.filter(([name]) => name < member)
  const behind = members.filter(([name]) => name > member)
  if (before.length > 0) yield Buffer.from(yamlOf(Object.fromEntries(before)))
  let isEmpty = true
  for (const element of elements) {
    yield Buffer.from(`${isEmpty ? `${member}:\n` : ''}${yamlOf([element])}`)
    isEmpty = false
  }
  if (isEmpty) yield Buffer.from(`${member}: []\n`)
  if (behind.length > 0) yield Buffer.from(yamlOf(Object.fromEntries(behind)))
}
