import { textFrom } from '../../process/bytes.ts'
import type { Subcommand } from '../program/program.ts'
import {
  deliver,
  failure,
  notFoundAnswer,
  requestPath,
  type ServedAnswer,
  type ServedRequest,
  textAnswer,
  typed,
} from './http.ts'

/** `crd-conversion-webhook`: converts the objects of the example that upstream's specs define. */
export const crdConversionWebhook: Subcommand = {
  flags: {
    'tls-cert-file': { takes: 'text', by: '' },
    'tls-private-key-file': { takes: 'text', by: '' },
    port: { takes: 'number', by: 443 },
  },
  start: ({ flags }) => ({
    tcp: [flags.number('port')],
    answer(request, _port, give) {
      if (request.protocol === 'http') deliver(respond(request), give)
    },
  }),
}

type Converted = Readonly<Record<string, unknown>> & { readonly apiVersion?: string }

interface ConversionReview {
  readonly apiVersion?: string
  readonly kind?: string
  readonly request?: {
    readonly uid: string
    readonly desiredAPIVersion: string
    readonly objects: readonly Converted[]
  }
}

function respond(request: ServedRequest): ServedAnswer {
  switch (requestPath(request)) {
    case '/readyz':
      return textAnswer('ok')
    case '/crdconvert':
      return reviewed(textFrom(request.body ?? new Uint8Array()))
    default:
      return notFoundAnswer()
  }
}

function reviewed(body: string): ServedAnswer {
  const review = reviewIn(body)
  const { apiVersion = '', kind = '', request } = review ?? {}
  if (!request) return failure(400, `failed to deserialize body (${body})`)
  if (!/^apiextensions\.k8s\.io\/v1(beta1)?$/.test(apiVersion) || kind !== 'ConversionReview') {
    return failure(400, `Unsupported group version kind: ${apiVersion}, Kind=${kind}`)
  }
  const { uid, desiredAPIVersion: to, objects } = request
  const converted = objects.map((object) => convert(object, to))
  const fault = converted.find((each) => typeof each === 'string')
  const response =
    fault === undefined
      ? { uid, convertedObjects: converted, result: { metadata: {}, status: 'Success' } }
      : { uid, result: { metadata: {}, status: 'Failure', message: fault } }
  return typed('application/json', JSON.stringify({ kind, apiVersion, response }))
}

function reviewIn(body: string): ConversionReview | undefined {
  try {
    // Cast: what the API server sends is a review.
    return JSON.parse(body) as ConversionReview
  } catch {
    return undefined
  }
}

const versions = ['stable.example.com/v1', 'stable.example.com/v2']

/** An object in the other version, or why it cannot be had. */
function convert(object: Converted, to: string): Converted | string {
  const { apiVersion = '', ...fields } = object
  if (apiVersion === to) {
    return `conversion from a version to itself should not call the webhook: ${to}`
  }
  const strange = [apiVersion, to].find((each) => !versions.includes(each))
  if (strange !== undefined) return `unexpected conversion version ${JSON.stringify(strange)}`
  return to === versions[0] ? joined(fields, to) : split(fields, to)
}

function split({ hostPort, ...fields }: Converted, apiVersion: string): Converted | string {
  if (hostPort === undefined) return { ...fields, apiVersion }
  const [host, port, ...more] = String(hostPort).split(':')
  if (port === undefined || more.length > 0) return `invalid hostPort value \`${hostPort}\``
  return { ...fields, apiVersion, host, port }
}

function joined({ host, port, ...fields }: Converted, apiVersion: string): Converted {
  if (host === undefined && port === undefined) return { ...fields, apiVersion }
  return { ...fields, apiVersion, hostPort: `${host ?? ''}:${port ?? ''}` }
}
