import { stringify } from 'yaml'
import {
  type ApiResponse,
  type Encoded,
  encodedFrom,
  groupVersionOf,
  type IncludeObject,
  type KubeObject,
  type ListMeta,
  type Stored,
  tableOf,
  type WatchFrame,
} from '#machinery'
import type { ListResult } from './list.ts'
import { type AnswerForm, answerFormOf } from './negotiate.ts'
import type { Scope } from './scope.ts'

/** An answer of one object in the form that the request asks for. */
export function objectResponse(scope: Scope, status: number, object: Encoded): ApiResponse {
  const form = answerFormOf(scope.request)
  if (form.as === 'object' && form.encoding === 'json' && !form.pretty) {
    return {
      status,
      headers: {},
      warnings: scope.warnings,
      body: { kind: 'object', value: object },
    }
  }
  return formed(scope, status, shaped(scope, form, object.object as Stored), form)
}

/** An object that no resource stands behind: a Status, a review. */
export function plainResponse(
  request: Scope['request'],
  status: number,
  object: KubeObject,
  warnings: readonly string[] = [],
): ApiResponse {
  const form = formOrJson(request)
  const body =
    form.encoding === 'yaml'
      ? ({
          kind: 'bytes',
          contentType: 'application/yaml',
          bytes: Buffer.from(stringify(object)),
        } as const)
      : ({ kind: 'object', value: encodedFrom(object) } as const)
  return { status, headers: {}, warnings, body }
}

function formOrJson(request: Scope['request']): AnswerForm {
  try {
    return answerFormOf(request)
  } catch {
    return { encoding: 'json', as: 'object', pretty: false }
  }
}

export function listResponse(scope: Scope, { metadata, items }: ListResult): ApiResponse {
  const { resource } = scope
  const form = answerFormOf(scope.request)
  const apiVersion = groupVersionOf(resource)
  const { listKind } = resource
  if (form.as === 'object' && form.encoding === 'json' && !form.pretty) {
    const body = { kind: 'list', apiVersion, listKind, metadata, items } as const
    return { status: 200, headers: {}, warnings: scope.warnings, body }
  }
  const objects = items.map(({ object }) => object)
  if (form.as === 'table') return formed(scope, 200, table(scope, objects, metadata), form)
  const list =
    form.as === 'metadata'
      ? {
          apiVersion: 'meta.k8s.io/v1',
          kind: 'PartialObjectMetadataList',
          metadata,
          items: objects.map(metadataOf),
        }
      : { apiVersion, kind: listKind, metadata, items: objects }
  return formed(scope, 200, list as unknown as KubeObject, form)
}

export function watchResponse(scope: Scope, events: AsyncIterable<WatchFrame>): ApiResponse {
  const form = answerFormOf(scope.request)
  const frames = form.as === 'object' ? events : reshaped(scope, form, events)
  return {
    status: 200,
    headers: {},
    warnings: scope.warnings,
    body: { kind: 'watch', events: frames },
  }
}

async function* reshaped(
  scope: Scope,
  form: AnswerForm,
  events: AsyncIterable<WatchFrame>,
): AsyncGenerator<WatchFrame> {
  let isFirst = true
  for await (const { type, object } of events) {
    const value = object.object as Stored
    const isBookmark = type === 'BOOKMARK'
    if (form.as === 'table') {
      const made = isBookmark
        ? table(scope, [], { resourceVersion: value.metadata.resourceVersion }, true)
        : table(scope, [value], { resourceVersion: value.metadata.resourceVersion }, !isFirst)
      yield { type, object: encodedFrom(isBookmark ? bookmarkTable(made, value) : made) }
      isFirst = false
    } else {
      yield { type, object: encodedFrom(metadataOf(value)) }
    }
  }
}

/** A bookmark of a table carries the bookmark object in its one row. */
function bookmarkTable(made: KubeObject, value: Stored): KubeObject {
  return { ...made, rows: [{ cells: [], object: value }] } as KubeObject
}

function shaped(scope: Scope, form: AnswerForm, object: Stored): KubeObject {
  if (form.as === 'table') {
    return table(scope, [object], { resourceVersion: object.metadata.resourceVersion })
  }
  return form.as === 'metadata' ? metadataOf(object) : object
}

function table(
  { resource, request, world }: Scope,
  objects: readonly Stored[],
  metadata: ListMeta,
  withoutDefinitions = false,
): KubeObject {
  const includeObject = (request.query.get('includeObject') || 'Metadata') as IncludeObject
  const options = { nowMs: world.clock.wallMs(), metadata, includeObject, withoutDefinitions }
  return tableOf(resource.columns, objects, options) as unknown as KubeObject
}

function metadataOf({ metadata }: Stored): KubeObject {
  return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata }
}

function formed(scope: Scope, status: number, object: KubeObject, form: AnswerForm): ApiResponse {
  const base = { status, headers: {}, warnings: scope.warnings }
  if (form.encoding === 'yaml') {
    const bytes = Buffer.from(stringify(object))
    return { ...base, body: { kind: 'bytes', contentType: 'application/yaml', bytes } }
  }
  if (
    form.encoding === 'protobuf' &&
    form.as === 'object' &&
    scope.world.protobuf.encodes(object as Stored)
  ) {
    const bytes = scope.world.protobuf.encode({ ...(object as Stored) })
    const contentType = 'application/vnd.kubernetes.protobuf'
    return { ...base, body: { kind: 'bytes', contentType, bytes } }
  }
  if (form.pretty) {
    const bytes = Buffer.from(`${JSON.stringify(object, null, 2)}\n`)
    return { ...base, body: { kind: 'bytes', contentType: 'application/json', bytes } }
  }
  return { ...base, body: { kind: 'object', value: encodedFrom(object) } }
}
