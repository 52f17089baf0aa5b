import { X509Certificate } from 'node:crypto'
import {
  checkDns1123Subdomain,
  checkPortNumber,
  type FieldErrors,
  type FieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { ServiceReference, WebhookClientConfig } from '../generated/types/apiextensions-v1.ts'
import { ensure, invalidWith } from './checks.ts'

/** Errors of where a webhook of admission or of conversion is called. */
export function validateWebhookClient(
  { url, service }: WebhookClientConfig,
  path: FieldPath,
): FieldErrors {
  if ((url === undefined) === (service === undefined)) {
    return [requiredField(path, 'exactly one of url or service is required')]
  }
  if (service) return validateService(service, path.child('service'))
  return validateUrl(url ?? '', path.child('url'))
}

const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----']

/** Whether base64 is that of one or several certificates in PEM. */
export function isCaBundle(base64: string): boolean {
  const text = Buffer.from(base64, 'base64').toString('latin1')
  const blocks = text.split(begin).slice(1)
  try {
    for (const block of blocks) new X509Certificate(`${begin}${block.split(end, 1)[0]}${end}`)
    return blocks.length > 0
  } catch {
    return false
  }
}

const form = '; desired format: https://host[/path]'

/** The parts of a URL as they are written: what is not there is empty. */
function partsOfUrl(value: string) {
  const [beforeHash = '', ...hash] = value.split('#')
  const [beforeQuery = '', ...query] = beforeHash.split('?')
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(beforeQuery)?.[0] ?? ''
  const rest = scheme === '' ? beforeQuery : beforeQuery.slice(scheme.length + 1)
  const authority = rest.startsWith('//') ? (rest.slice(2).split('/', 1)[0] ?? '') : ''
  const at = authority.lastIndexOf('@')
  return {
    scheme,
    user: at < 0 ? undefined : authority.slice(0, at),
    host: authority.slice(at + 1),
    query: query.join('?'),
    fragment: hash.join('#'),
  }
}

function validateUrl(value: string, path: FieldPath): FieldErrors {
  const { scheme, user, host, query, fragment } = partsOfUrl(value)
  return [
    ...ensure(scheme === 'https', () =>
      invalidField(path, scheme, `'https' is the only allowed URL scheme${form}`),
    ),
    ...ensure(host !== '', () => invalidField(path, host, `host must be specified${form}`)),
    ...ensure(user === undefined, () =>
      invalidField(path, user, 'user information is not permitted in the URL'),
    ),
    ...ensure(fragment === '', () =>
      invalidField(path, fragment, 'fragments are not permitted in the URL'),
    ),
    ...ensure(query === '', () =>
      invalidField(path, query, 'query parameters are not permitted in the URL'),
    ),
  ]
}

function validateService(service: ServiceReference, path: FieldPath): FieldErrors {
  const { name, namespace, port = 443 } = service
  const messages = checkPortNumber(port)
  // Upstream hands name and namespace over in each other's place.
  return [
    ...ensure(Boolean(namespace), () => requiredField(path.child('name'))),
    ...ensure(Boolean(name), () => requiredField(path.child('namespace'))),
    ...ensure(messages.length === 0, () =>
      invalidField(path.child('port'), port, `port is not valid: ${messages.join(', ')}`),
    ),
    ...validateServicePath(service.path ?? '', path.child('path')),
  ]
}

function validateServicePath(value: string, path: FieldPath): FieldErrors {
  if (value === '' || value === '/') return []
  if (value === '//') return [invalidField(path, value, 'segment[0] may not be empty')]
  const steps = value.slice(1).replace(/\/$/, '').split('/')
  return [
    ...ensure(value.startsWith('/'), () => invalidField(path, value, "must start with a '/'")),
    ...steps.flatMap((step, i) =>
      step === ''
        ? [invalidField(path, value, `segment[${i}] may not be empty`)]
        : invalidWith(
            path,
            value,
            checkDns1123Subdomain(step).map((message) => `segment[${i}]: ${message}`),
          ),
    ),
  ]
}
