import { X509Certificate } from 'node:crypto'
import { hasCondition, type Stored } from '#machinery'
import {
  checkDns1123Subdomain,
  checkPortNumber,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  ServiceReference,
  WebhookClientConfig,
} from '../../../generated/types/apiextensions-v1.ts'
import { eachItem, ensure, invalidWith, requireKnown } from '../../../shared/checks.ts'
import { requireLabel } from './names.ts'

/** Whether a kind is served. */
export function isEstablished({ status }: CustomResourceDefinition): boolean {
  return hasCondition(status?.conditions, 'Established')
}

/** Bad certificates are refused only where nothing relies on bad ones already. */
export function allowsBadBundle(old: Stored<CustomResourceDefinition> | undefined): boolean {
  if (!old || !isEstablished(old)) return true
  const bundle = old.spec.conversion?.webhook?.clientConfig?.caBundle
  return bundle !== undefined && !isCaBundle(bundle)
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

/** How objects become those of another version. */
export function validateConversion(
  { conversion, preserveUnknownFields }: CustomResourceDefinitionSpec,
  path: FieldPath,
  allowBadBundle: boolean,
): FieldErrors {
  if (!conversion) return []
  const { strategy, webhook } = conversion
  const at = path.child('strategy')
  const mixed = 'must be None if spec.preserveUnknownFields is true'
  const known = [
    ...ensure(!preserveUnknownFields || strategy === 'None', () =>
      invalidField(at, strategy, mixed),
    ),
    ...requireKnown(strategy, at, ['None', 'Webhook']),
  ]
  const [config, versions] = ['webhookClientConfig', 'conversionReviewVersions'] as const
  if (strategy !== 'Webhook') {
    const unwanted = 'should not be set when strategy is not set to Webhook'
    return [
      ...known,
      ...ensure(!webhook?.clientConfig, () => forbiddenField(path.child(config), unwanted)),
      ...ensure(!webhook?.conversionReviewVersions?.length, () =>
        forbiddenField(path.child(versions), unwanted),
      ),
    ]
  }
  const given = webhook?.clientConfig
  return [
    ...known,
    ...(given
      ? validateClient(given, path.child(config), allowBadBundle)
      : [requiredField(path.child(config), 'required when strategy is set to Webhook')]),
    ...validateReviewVersions(webhook?.conversionReviewVersions ?? [], path.child(versions)),
  ]
}

function validateClient(
  { url, service, caBundle }: WebhookClientConfig,
  path: FieldPath,
  allowBadBundle: boolean,
): FieldErrors {
  const target = () => {
    if ((url === undefined) === (service === undefined)) {
      return [requiredField(path, 'exactly one of url or service is required')]
    }
    if (service) return validateService(service, path.child('service'))
    return validateUrl(url ?? '', path.child('url'))
  }
  const isGood = !caBundle || allowBadBundle || isCaBundle(caBundle)
  const bad = 'unable to load root certificates: unable to parse bytes as PEM block'
  return [...target(), ...ensure(isGood, () => invalidField(path.child('caBundle'), caBundle, bad))]
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

const reviewVersions: readonly string[] = ['v1', 'v1beta1']

function validateReviewVersions(versions: readonly string[], path: FieldPath): FieldErrors {
  if (versions.length === 0) return [requiredField(path)]
  return [
    ...eachItem(versions, path, (version, at, index) =>
      versions.indexOf(version) < index
        ? [invalidField(at, version, 'duplicate version')]
        : requireLabel(version, at),
    ),
    ...ensure(
      versions.some((version) => reviewVersions.includes(version)),
      () =>
        invalidField(path, versions, `must include at least one of ${reviewVersions.join(', ')}`),
    ),
  ]
}
