import {
  type ApiResponse,
  type ApiResponseBody,
  type Encoded,
  encodedFrom,
  encodeJson,
  groupVersionOf,
  type KubeObject,
  type ListMeta,
  type Stored,
  type WatchFrame,
} from '#machinery'
import type { RequestScope } from '../../request/resource-request.ts'
import { endedByFailure } from './failed-watch.ts'
import { longListBody, yamlOf } from './long-list.ts'
import { answerFormOf } from './negotiate.ts'
import type { AnswerForm } from './plain-json.ts'
import { protobufList, protobufObject, protobufWatch } from './protobuf-bodies.ts'
import { shapedFrames, shapedList, shapedObject } from './shapes.ts'

/** The objects of a collection that a list answers with, as the request's version shows them. */
export interface ListResult {
  readonly metadata: ListMeta
  readonly items: readonly Encoded<Stored>[]
}

/** An answer of one object in the form that the request asks for. */
export function objectResponse(scope: RequestScope, status: number, object: Encoded): ApiResponse {
  const { kind = '', apiVersion = '' } = object.object
  const form = formFor(scope, { kind, apiVersion })
  if (form.as !== 'object') {
    const shaped = shapedObject(scope, form.as, object.object as Stored)
    return answer(scope, status, bodyOf(form, encodedFrom(shaped)))
  }
  if (form.encoding === 'protobuf') {
    return answer(scope, status, protobufObject(scope.world.protobuf, object.object))
  }
  return answer(scope, status, bodyOf(form, object))
}

/** An object that no resource stands behind, such as a Status or a review: it has but one shape. */
export function plainResponse(
  scope: RequestScope,
  status: number,
  object: KubeObject,
): ApiResponse {
  const { kind = '', apiVersion = '' } = object
  const { protobuf } = scope.world
  const form = plainForm(scope, { kind, apiVersion })
  if (form.encoding === 'protobuf') return answer(scope, status, protobufObject(protobuf, object))
  return answer(scope, status, bodyOf(form, encodedFrom(object)))
}

/** @throws StatusError 406 where the client wants a table: there are no columns for what is not stored. */
export function plainForm(
  { request, world: { protobuf } }: RequestScope,
  typeMeta: { readonly kind: string; readonly apiVersion: string },
): AnswerForm {
  return answerFormOf(
    request,
    ({ encoding, as }) => as !== 'table' && (encoding !== 'protobuf' || protobuf.encodes(typeMeta)),
  )
}

/** An answer of a list in the form that the request asks for. */
export async function listResponse(
  scope: RequestScope,
  { metadata, items }: ListResult,
): Promise<ApiResponse> {
  const { resource, world } = scope
  const apiVersion = groupVersionOf(resource)
  const form = formFor(scope, { kind: resource.listKind, apiVersion })
  const list = { kind: 'list', apiVersion, listKind: resource.listKind, metadata, items } as const
  if (form.encoding === 'protobuf') {
    const turn = () => world.clock.turn()
    return answer(scope, 200, await protobufList(world.protobuf, list, turn))
  }
  if (form.as === 'object' && form.encoding === 'json' && !form.pretty) {
    return answer(scope, 200, list)
  }
  const objects = items.map(({ object }) => object)
  const head = { kind: resource.listKind, apiVersion, metadata }
  const long =
    form.as === 'object'
      ? { head, member: 'items', elements: objects }
      : shapedList(scope, form.as, { metadata, objects })
  return answer(scope, 200, longListBody(form, long))
}

/** An answer of a watch in the form that the request asks for. @throws StatusError 406 for YAML. */
export function watchResponse(scope: RequestScope, events: AsyncIterable<WatchFrame>): ApiResponse {
  const { resource, world } = scope
  const kind = { kind: resource.kind, apiVersion: groupVersionOf(resource) }
  const form = formFor(scope, kind, (wanted) => wanted.encoding !== 'yaml')
  if (form.as !== 'object') {
    const shaped = endedByFailure(scope, shapedFrames(scope, form.as, events))
    return answer(scope, 200, { kind: 'watch', events: shaped })
  }
  if (form.encoding === 'protobuf') return answer(scope, 200, protobufWatch(world.protobuf, events))
  return answer(scope, 200, { kind: 'watch', events })
}

/** Tables have no protobuf form, and custom resources have none; clients name JSON beside it. */
function formFor(
  { request, world }: RequestScope,
  typeMeta: { readonly kind: string; readonly apiVersion: string },
  allowed: (form: AnswerForm) => boolean = () => true,
): AnswerForm {
  return answerFormOf(
    request,
    (form) =>
      allowed(form) &&
      (form.encoding !== 'protobuf' || (form.as === 'object' && world.protobuf.encodes(typeMeta))),
  )
}

function answer({ warnings }: RequestScope, status: number, body: ApiResponseBody): ApiResponse {
  return { status, headers: {}, warnings, body }
}

function bodyOf({ encoding, pretty }: AnswerForm, object: Encoded): ApiResponseBody {
  if (encoding === 'yaml') {
    const bytes = Buffer.from(yamlOf(object.object))
    return { kind: 'bytes', contentType: 'application/yaml', bytes }
  }
  if (!pretty) return { kind: 'object', value: object }
  const bytes = Buffer.from(encodeJson(object.object, 2))
  return { kind: 'bytes', contentType: 'application/json', bytes }
}
