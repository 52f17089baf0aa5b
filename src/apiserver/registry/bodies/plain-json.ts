import type { ApiRequest } from '#machinery'

/** The form in which an answer is wanted. */
export interface AnswerForm {
  readonly encoding: 'json' | 'yaml' | 'protobuf' | 'cbor'
  /** Objects themselves, a table of them, or their metadata alone. */
  readonly as: 'object' | 'table' | 'metadata'
  /** Indented JSON. */
  readonly pretty: boolean
}

const json: AnswerForm = Object.freeze({ encoding: 'json', as: 'object', pretty: false })
const prettyJson: AnswerForm = Object.freeze({ ...json, pretty: true })

/**
 * The form of a request that wants JSON and nothing else, or says nothing, which most do: there is
 * nothing to negotiate. Undefined for every other.
 */
export function plainJsonForm(request: ApiRequest): AnswerForm | undefined {
  const { accept } = request.headers
  if (accept && accept !== 'application/json') return undefined
  return isPretty(request) ? prettyJson : json
}

/** Upstream indents for those who ask, and for browsers and the command line's web clients. */
export function isPretty({ query, headers }: ApiRequest): boolean {
  const asked = query.get('pretty')
  if (asked !== null) return asked !== 'false' && asked !== '0'
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '')
}
