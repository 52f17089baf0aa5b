import type { ApiRequest } from '#machinery'
import { notAcceptable } from '#machinery/status'
import { bodyMediaTypes, cborMediaType, protobufMediaType } from '../../request/media-type.ts'
import { type AnswerForm, isPretty, plainJsonForm } from './plain-json.ts'

const encodings: Readonly<Record<string, AnswerForm['encoding']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  [protobufMediaType]: 'protobuf',
  [cborMediaType]: 'cbor',
  'application/*': 'json',
  '*/*': 'json',
}

const streamMediaTypes: readonly string[] = [
  'application/json;stream=watch',
  `${protobufMediaType};stream=watch`,
  'application/cbor-seq',
]

/**
 * The form of the Accept header that its sender likes best among those that `canServe` grants.
 * @throws StatusError 406 when there is none.
 */
export function answerFormOf(
  request: ApiRequest,
  canServe: (form: AnswerForm) => boolean = () => true,
): AnswerForm {
  return plainJsonForm(request) ?? negotiatedForm(request, canServe)
}

/**
 * The form by reading the whole header.
 * @throws StatusError 406 when none of its forms can be served.
 */
export function negotiatedForm(
  request: ApiRequest,
  canServe: (form: AnswerForm) => boolean,
): AnswerForm {
  const pretty = isPretty(request)
  for (const clause of byQuality(request.headers.accept || 'application/json')) {
    const form = readClause(clause, pretty)
    if (form && canServe(form)) return form
  }
  throw notAcceptable(bodyMediaTypes)
}

/**
 * The form in which a watch is sent.
 * @throws StatusError 406 as upstream's for one object, and for what cannot be sent piece by piece.
 */
export function watchFormOf(
  request: ApiRequest,
  canServe: (form: AnswerForm) => boolean,
): AnswerForm {
  const form = answerFormOf(request, canServe)
  if (form.encoding === 'yaml') throw notAcceptable(streamMediaTypes)
  return form
}

/** The clauses by falling quality; those of the same quality in their order. */
function byQuality(accept: string): readonly string[] {
  const clauses = accept.split(',').map((clause) => clause.trim())
  if (!accept.includes('q=')) return clauses
  const quality = (clause: string) => Number(/;\s*q=([\d.]+)/.exec(clause)?.[1] ?? 1)
  return clauses.toSorted((a, b) => quality(b) - quality(a))
}

function readClause(clause: string, pretty: boolean): AnswerForm | undefined {
  const [mediaType = '', ...parameters] = clause.split(';').map((part) => part.trim())
  const encoding = encodings[mediaType.toLowerCase()]
  if (!encoding) return undefined
  const given = Object.fromEntries(parameters.map((parameter) => parameter.split('=')))
  const as = shapeOf(given)
  return as && { encoding, as, pretty }
}

function shapeOf({
  as,
  g,
  v,
}: Readonly<Record<string, string | undefined>>): AnswerForm['as'] | undefined {
  if (as === undefined) return 'object'
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined
  if (as === 'Table') return 'table'
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList'
    ? 'metadata'
    : undefined
}
