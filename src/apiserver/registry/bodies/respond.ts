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
import { cborList, cborObject, cborWatch } from './cbor-bodies.ts'
import { endedByFailure } from './failed-watch.ts'
import { type LongList, longListBody, yamlOf } from './long-list.ts'
import { answerFormOf, watchFormOf } from './negotiate.ts'
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
  if (form.as === 'object') {
    scope.audit?.responseObject(object.object)
    return answer(scope, status, bodyOf(scope, form, object))
  }
  // Cast: what has a table or metadata is stored.
  const shaped = shapedObject(scope, form.as, object.object as Stored)
  scope.audit?.responseObject(shaped)
  return answer(scope, status, bodyOf(scope, form, encodedFrom(shaped)))
}

/** An object that no resource stands behind, such as a Status or a review: it has but one shape. */
export function plainResponse(
  scope: RequestScope,
  status: number,
  object: KubeObject,
): ApiResponse {
  const { kind = '', apiVersion = '' } = object
  const form = plainForm(scope, { kind, apiVersion })
  scope.audit?.responseObject(object)
  return answer(scope, status, bodyOf(scope, form, encodedFrom(object)))
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
  const made = () => longList(scope, form.as, { metadata, items })
  // What is made element by element is made once: the audit has elements of its own.
  scope.audit?.responseList(() => wholeOf(made()))
  if (form.as === 'object' && form.encoding === 'json' && !form.pretty) {
    const { listKind } = resource
    return answer(scope, 200, { kind: 'list', apiVersion, listKind, metadata, items })
  }
  const long = made()
  const turn = () => world.clock.turn()
  if (form.encoding === 'protobuf') {
    return answer(scope, 200, await protobufList(world.protobuf, long, turn))
  }
  if (form.encoding === 'cbor') return answer(scope, 200, await cborList(long, turn))
  return answer(scope, 200, longListBody(form, long))
}

function longList(
  scope: RequestScope,
  shape: AnswerForm['as'],
  { metadata, items }: ListResult,
): LongList {
  const objects = items.map(({ object }) => object)
  if (shape !== 'object') return shapedList(scope, shape, { metadata, objects })
  const { resource } = scope
  const head = { kind: resource.listKind, apiVersion: groupVersionOf(resource), metadata }
  return { head, member: 'items', elements: objects }
}

function wholeOf({ head, member, elements }: LongList): object {
  return { ...head, [member]: [...elements] }
}

/** An answer of a watch in the form that the request asks for. @throws StatusError 406 for YAML. */
export function watchResponse(scope: RequestScope, events: AsyncIterable<WatchFrame>): ApiResponse {
  const { resource, world, request } = scope
  const kind = { kind: resource.kind, apiVersion: groupVersionOf(resource) }
  const form = watchFormOf(request, (wanted) => isServed(scope, wanted, kind))
  const frames =
    form.as === 'object' ? events : endedByFailure(scope, shapedFrames(scope, form.as, events))
  if (form.encoding === 'protobuf') return answer(scope, 200, protobufWatch(world.protobuf, frames))
  if (form.encoding === 'cbor') return answer(scope, 200, cborWatch(frames))
  return answer(scope, 200, { kind: 'watch', events: frames })
}

interface TypeMeta {
  readonly kind: string
  readonly apiVersion: string
}

function formFor(scope: RequestScope, typeMeta: TypeMeta): AnswerForm {
  return answerFormOf(scope.request, (form) => isServed(scope, form, typeMeta))
}

/**
 * Tables are sent as texts only, and custom resources have no messages of protobuf, though their metadata
 * have; clients name JSON beside it.
 */
function isServed({ world }: RequestScope, form: AnswerForm, typeMeta: TypeMeta): boolean {
  const { encoding, as } = form
  if (as === 'table') return encoding === 'json' || encoding === 'yaml'
  return encoding !== 'protobuf' || as === 'metadata' || world.protobuf.encodes(typeMeta)
}

function answer(
  { warnings, span }: RequestScope,
  status: number,
  body: ApiResponseBody,
): ApiResponse {
  span?.event('About to write a response')
  return { status, headers: {}, warnings, body }
}

function bodyOf(
  { world: { protobuf } }: RequestScope,
  { encoding, pretty }: AnswerForm,
  object: Encoded,
): ApiResponseBody {
  if (encoding === 'protobuf') return protobufObject(protobuf, object.object)
  if (encoding === 'cbor') return cborObject(object.object)
  if (encoding === 'yaml') {
    const bytes = Buffer.from(yamlOf(object.object))
    return { kind: 'bytes', contentType: 'application/yaml', bytes }
  }
  if (!pretty) return { kind: 'object', value: object }
  const bytes = Buffer.from(encodeJson(object.object, 2))
  return { kind: 'bytes', contentType: 'application/json', bytes }
}
