import { deepEqual, type Stored } from '#machinery'
import {
  type FieldErrors,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  validateDomainPrefixedPath,
  validateImmutable,
} from '#machinery/validation'
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '../../../generated/types/certificates-v1.ts'
import { eachItem, ensure, requireOneOf, requireValue } from '../../../shared/checks.ts'

const path = fieldPath('spec')
const conditionsPath = fieldPath('status', 'conditions')
const minSeconds = 600
const beginning = /-----BEGIN (NEW )?CERTIFICATE REQUEST-----/
const endings = ['-----END CERTIFICATE REQUEST-----', '-----END NEW CERTIFICATE REQUEST-----']

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

export function validateRequest({ spec }: CertificateSigningRequest): FieldErrors {
  const given = spec?.usages ?? []
  const seconds = spec?.expirationSeconds
  const isPem = holdsRequest(Buffer.from(spec?.request ?? '', 'base64').toString())
  return [
    ...ensure(isPem, () =>
      invalidField(
        path.child('request'),
        spec?.request ?? '',
        'PEM block type must be CERTIFICATE REQUEST',
      ),
    ),
    ...requireValue(given.length, path.child('usages'), 'usages must be provided'),
    ...eachItem(given, path.child('usages'), (usage, at) => requireOneOf(usage, at, usages)),
    ...validateDomainPrefixedPath(spec?.signerName ?? '', path.child('signerName')),
    ...ensure(seconds === undefined || seconds >= minSeconds, () =>
      invalidField(
        path.child('expirationSeconds'),
        seconds,
        `may not specify a duration less than ${minSeconds} seconds (10 minutes)`,
      ),
    ),
  ]
}

export function validateSpecStays(
  request: CertificateSigningRequest,
  old: Stored<CertificateSigningRequest>,
): FieldErrors {
  return validateImmutable(request.spec, old.spec, path)
}

/** Approvals and denials, which are given once and by their own path only. */
export function validateConditions(
  request: CertificateSigningRequest,
  old: Stored<CertificateSigningRequest>,
  mayDecide: boolean,
): FieldErrors {
  const conditions = request.status?.conditions ?? []
  const types = new Set(conditions.map(({ type }) => type))
  return [
    ...eachItem(conditions, conditionsPath, ({ type, status }, at) => [
      ...requireValue(type, at.child('type')),
      ...(status
        ? requireOneOf(status, at.child('status'), ['False', 'True', 'Unknown'])
        : [requiredField(at.child('status'))]),
      ...ensure(status === 'True' || !['Approved', 'Denied', 'Failed'].includes(type), () => ({
        type: 'FieldValueNotSupported',
        field: `${at.child('status')}`,
        badValue: status,
        detail: 'supported values: "True"',
      })),
    ]),
    ...ensure(!types.has('Approved') || !types.has('Denied'), () =>
      invalidField(
        conditionsPath,
        'Denied',
        'Approved and Denied conditions are mutually exclusive',
      ),
    ),
    ...['Approved', 'Denied'].flatMap((type) =>
      ensure(mayDecide || deepEqual(decision(request, type), decision(old, type)), () =>
        forbiddenField(conditionsPath, `updates may not add a condition of type "${type}"`),
      ),
    ),
  ]
}

function decision(
  { status }: CertificateSigningRequest,
  type: string,
): CertificateSigningRequestCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}

/** Whether the text has a block of PEM that is a request, with something in it. */
function holdsRequest(text: string): boolean {
  const begin = beginning.exec(text)
  if (!begin) return false
  const end = Math.max(...endings.map((ending) => text.lastIndexOf(ending)))
  return end > begin.index + begin[0].length
}
