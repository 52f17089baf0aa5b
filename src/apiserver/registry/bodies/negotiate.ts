import type { ApiRequest } from '#machinery'
import { notAcceptable } from '#machinery/status'
import { type AnswerForm, isPretty, plainJsonForm } from './plain-json.ts'

const encodings: Readonly<Record<string, AnswerForm['encoding']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
}

const forms = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const streamForms = [
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
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
  throw notAcceptable([...forms, ...streamForms])
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
