import { type ApiRequest, notAcceptable } from '#machinery'

/** The form in which an answer is wanted. */
export interface AnswerForm {
  readonly encoding: 'json' | 'yaml' | 'protobuf'
  /** Objects themselves, a table of them, or their metadata alone. */
  readonly as: 'object' | 'table' | 'metadata'
  readonly pretty: boolean
}

const encodings: Readonly<Record<string, AnswerForm['encoding']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
}

/** The first form of the Accept header that can be served; 406 when there is none. */
export function answerFormOf(request: ApiRequest): AnswerForm {
  const accept = request.headers.accept || '*/*'
  const pretty = request.query.get('pretty')
  const isPretty = pretty !== null && pretty !== 'false' && pretty !== '0'
  for (const clause of byQuality(accept)) {
    const form = readClause(clause, isPretty)
    if (form) return form
  }
  throw notAcceptable([
    'application/json',
    'application/yaml',
    'application/vnd.kubernetes.protobuf',
  ])
}

function byQuality(accept: string): readonly string[] {
  const quality = (clause: string) => Number(/;\s*q=([\d.]+)/.exec(clause)?.[1] ?? 1)
  return accept
    .split(',')
    .map((clause) => clause.trim())
    .toSorted((a, b) => quality(b) - quality(a))
}

function readClause(clause: string, pretty: boolean): AnswerForm | undefined {
  const [mediaType = '', ...parameters] = clause.split(';').map((part) => part.trim())
  const encoding = encodings[mediaType.toLowerCase()]
  if (!encoding) return undefined
  const given = Object.fromEntries(parameters.map((parameter) => parameter.split('=')))
  const as = shapeOf(given)
  return as && { encoding, as, pretty }
}

function shapeOf(
  given: Readonly<Record<string, string | undefined>>,
): AnswerForm['as'] | undefined {
  if (given.as === undefined) return 'object'
  if (given.g !== 'meta.k8s.io' || (given.v !== 'v1' && given.v !== 'v1beta1')) return undefined
  if (given.as === 'Table') return 'table'
  return given.as === 'PartialObjectMetadata' || given.as === 'PartialObjectMetadataList'
    ? 'metadata'
    : undefined
}
