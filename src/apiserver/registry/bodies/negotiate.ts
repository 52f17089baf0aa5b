import type { ApiRequest } from '#machinery'
import { notAcceptable } from '#machinery/status'

/** The form in which an answer is wanted. */
export interface AnswerForm {
  readonly encoding: 'json' | 'yaml' | 'protobuf'
  /** Objects themselves, a table of them, or their metadata alone. */
  readonly as: 'object' | 'table' | 'metadata'
  /** Indented JSON. */
  readonly pretty: boolean
}

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
  const accept = request.headers.accept || 'application/json'
  if (accept === 'application/json' && !request.query.has('pretty')) return plainJson(request)
  const pretty = isPretty(request)
  for (const clause of byQuality(accept)) {
    const form = readClause(clause, pretty)
    if (form && canServe(form)) return form
  }
  throw notAcceptable([...forms, ...streamForms])
}

const json: AnswerForm = Object.freeze({ encoding: 'json', as: 'object', pretty: false })
const prettyJson: AnswerForm = Object.freeze({ ...json, pretty: true })

function plainJson(request: ApiRequest): AnswerForm {
  return isPretty(request) ? prettyJson : json
}

/** Upstream indents for those who ask, and for browsers and the command line's web clients. */
function isPretty({ query, headers }: ApiRequest): boolean {
  const asked = query.get('pretty')
  if (asked !== null) return asked !== 'false' && asked !== '0'
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '')
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
