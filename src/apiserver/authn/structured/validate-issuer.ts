import { X509Certificate } from 'node:crypto'
import { pemBlocks } from '#lib'
import { goQuote } from '#machinery'
import {
  duplicateField,
  type FieldError,
  type FieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { IssuerConfiguration } from './configuration.ts'

const matchAny = 'MatchAny'

/** What is wrong with how an issuer is described (upstream: `validateIssuer`). */
export function validateIssuer(
  issuer: IssuerConfiguration,
  path: FieldPath,
  disallowed: readonly string[],
): readonly FieldError[] {
  const { url = '', discoveryURL = '', certificateAuthority = '', egressSelectorType = '' } = issuer
  return [
    ...(url === '' ? [requiredField(path.child('url'))] : []),
    ...(url === '' ? [] : validateUrl(url, path.child('url'), disallowed)),
    ...validateDiscoveryUrl(url, discoveryURL, path.child('discoveryURL')),
    ...validateAudiences(issuer, path),
    ...validateAuthority(certificateAuthority, path.child('certificateAuthority')),
    ...(egressSelectorType === '' || ['controlplane', 'cluster'].includes(egressSelectorType)
      ? []
      : [
          invalidField(
            path.child('egressSelectorType'),
            egressSelectorType,
            'egress selector must be either controlplane or cluster',
          ),
        ]),
  ]
}

function validateDiscoveryUrl(issuer: string, url: string, path: FieldPath): readonly FieldError[] {
  if (url === '') return []
  const isSame = issuer !== '' && withoutSlashes(issuer) === withoutSlashes(url)
  const detail = 'discoveryURL must be different from URL'
  return [...(isSame ? [invalidField(path, url, detail)] : []), ...validateUrl(url, path, [])]
}

const withoutSlashes = (url: string): string =>
  url.endsWith('/') ? withoutSlashes(url.slice(0, -1)) : url

function validateUrl(
  text: string,
  path: FieldPath,
  disallowed: readonly string[],
): readonly FieldError[] {
  const bad = (detail: string) => invalidField(path, text, detail)
  const overlap = disallowed.includes(text)
    ? [bad(`URL must not overlap with disallowed issuers: [${disallowed.join(' ')}]`)]
    : []
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(text)
  if (!hasScheme) return [...overlap, bad('URL scheme must be https')]
  if (!URL.canParse(text)) return [...overlap, bad(`parse ${goQuote(text)}: ${parseFault(text)}`)]
  const url = new URL(text)
  return [
    ...overlap,
    ...(url.protocol === 'https:' ? [] : [bad('URL scheme must be https')]),
    ...(url.username === '' && url.password === ''
      ? []
      : [bad('URL must not contain a username or password')]),
    ...(url.search === '' ? [] : [bad('URL must not contain a query')]),
    ...(url.hash === '' ? [] : [bad('URL must not contain a fragment')]),
  ]
}

function parseFault(url: string): string {
  const port = /^[a-z]+:\/\/[^/:]*(:[^/]*)/i.exec(url)?.[1] ?? ''
  return /^(:\d*)?$/.test(port) ? 'invalid URL' : `invalid port ${goQuote(port)} after host`
}

function validateAudiences(
  { audiences = [], audienceMatchPolicy: policy = '' }: IssuerConfiguration,
  issuer: FieldPath,
): readonly FieldError[] {
  const path = issuer.child('audiences')
  if (audiences.length === 0) return [requiredField(path, `at least one ${path} is required`)]
  const policyPath = issuer.child('audienceMatchPolicy')
  const errors = audiences.flatMap((audience, i) => [
    ...(audience === '' ? [requiredField(path.index(i))] : []),
    ...(audiences.indexOf(audience) < i ? [duplicateField(path.index(i), audience)] : []),
  ])
  if (audiences.length > 1 && policy !== matchAny) {
    const detail = 'audienceMatchPolicy must be MatchAny for multiple audiences'
    return [...errors, invalidField(policyPath, policy, detail)]
  }
  if (audiences.length === 1 && policy !== '' && policy !== matchAny) {
    const detail = 'audienceMatchPolicy must be empty or MatchAny for single audience'
    return [...errors, invalidField(policyPath, policy, detail)]
  }
  return errors
}

function validateAuthority(pem: string, path: FieldPath): readonly FieldError[] {
  if (pem === '') return []
  const bad = (detail: string) => [invalidField(path, '<omitted>', detail)]
  const blocks = pemBlocks(pem).filter(({ type }) => type === 'CERTIFICATE')
  if (blocks.length === 0) return bad('data does not contain any valid RSA or ECDSA certificates')
  try {
    for (const { bytes } of blocks) new X509Certificate(bytes)
    return []
  } catch {
    return bad('x509: malformed certificate')
  }
}
