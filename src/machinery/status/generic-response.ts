import { groupResourceOf } from '../meta/resource.ts'
import { goQuote } from '../values/go-format.ts'
import { StatusError, type StatusReason } from './status.ts'
import type { ResourceName } from './status-errors.ts'

/** An HTTP answer without a Status body, and what is known of its request. */
export interface GenericResponse {
  readonly code: number
  /** The HTTP method; empty where upstream gives none. */
  readonly verb?: string
  readonly resource?: ResourceName
  readonly name?: string
  /** The text that the server sent. */
  readonly serverMessage: string
  readonly retryAfterSeconds?: number
  /** Adds the cause `UnexpectedServerResponse` that carries the server's text. */
  readonly unexpected?: boolean
}

type Rule = readonly [StatusReason, (response: GenericResponse) => string]

const serverText = ({ serverMessage }: GenericResponse) => serverMessage

const rules: Readonly<Record<number, Rule>> = {
  400: ['BadRequest', () => 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', () => 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', serverText],
  404: ['NotFound', () => 'the server could not find the requested resource'],
  405: [
    'MethodNotAllowed',
    () => 'the server does not allow this method on the requested resource',
  ],
  406: [
    'NotAcceptable',
    ({ serverMessage }) =>
      serverMessage === '' || serverMessage === 'unknown'
        ? 'the server was unable to respond with a content type that the client supports'
        : serverMessage,
  ],
  409: ['Conflict', () => 'the server reported a conflict'],
  415: ['UnsupportedMediaType', serverText],
  422: ['Invalid', () => 'the server rejected our request due to an error in our request'],
  429: [
    'TooManyRequests',
    () => 'the server has received too many requests and has asked us to try again later',
  ],
  503: ['ServiceUnavailable', () => 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    () =>
      'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
}

/**
 * The error for an answer that has no Status of its own (apimachinery's `NewGenericServerResponse`).
 * The API server itself answers with it when a JSON patch does not apply (422).
 */
export function genericServerResponse(response: GenericResponse): StatusError {
  const { code, resource, name, serverMessage } = response
  const [reason, describe] = ruleFor(response)
  return new StatusError({
    code,
    reason: code === 409 && response.verb === 'POST' ? 'AlreadyExists' : reason,
    message: describe(response) + subject(response),
    details: {
      ...(name ? { name } : {}),
      group: resource?.group ?? '',
      kind: resource?.plural ?? '',
      causes: response.unexpected
        ? [{ reason: 'UnexpectedServerResponse', message: serverMessage }]
        : [],
      retryAfterSeconds: response.retryAfterSeconds ?? 0,
    },
  })
}

function ruleFor({ code, serverMessage }: GenericResponse): Rule {
  const rule = rules[code]
  if (rule) return rule
  if (code < 500) {
    return [
      '',
      () => `the server responded with the status code ${code} but did not return more information`,
    ]
  }
  const text = goQuote(serverMessage)
  return [
    'InternalError',
    () => `an error on the server (${text}) has prevented the request from succeeding`,
  ]
}

function subject({ verb = '', resource, name }: GenericResponse): string {
  if (!resource || resource.plural === '') return ''
  const words = [verb.toLowerCase(), groupResourceOf(resource), ...(name ? [name] : [])]
  return ` (${words.join(' ')})`
}
