import { X509Certificate } from 'node:crypto'
import { messageOf, pemBlocks } from '#lib'
import { deepEqual, type Stored } from '#machinery'
import {
  duplicateField,
  type FieldErrors,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  validateDomainPrefixedPath,
} from '#machinery/validation'
import type { CertificateSigningRequest } from '../../../generated/types/certificates-v1.ts'
import { eachItem, ensure, requireOneOf, requireValue } from '../../../shared/checks.ts'
import { conditionsOf } from './conditions.ts'
import { checkRequestSignature, parseCertificateRequest } from './request.ts'
import { kubernetesSigners } from './signers.ts'

const path = fieldPath('spec')
const conditionsPath = fieldPath('status', 'conditions')
const certificatePath = fieldPath('status', 'certificate')
const minSeconds = 600
const decisions = ['Approved', 'Denied'] as const

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

type Request = CertificateSigningRequest

/** What an update of one of the parts may change. */
export type RequestPart = 'request' | 'status' | 'approval'

/** The rules of a request; what an old one breaks already may stay. */
export function validateRequest(request: Request, old?: Stored<Request>): FieldErrors {
  const { spec } = request
  const seconds = spec?.expirationSeconds
  return [
    ...validateText(spec?.request ?? ''),
    ...validateUsages(spec?.usages ?? [], old?.spec.usages ?? []),
    ...validateSigner(spec?.signerName ?? '', old?.spec.signerName),
    ...ensure(seconds === undefined || seconds >= minSeconds, () =>
      invalidField(
        path.child('expirationSeconds'),
        seconds,
        `may not specify a duration less than ${minSeconds} seconds (10 minutes)`,
      ),
    ),
    ...validateConditions(request, old),
    ...(old && request.status?.certificate === old.status?.certificate
      ? []
      : validateCertificate(request.status?.certificate, old?.status?.certificate)),
  ]
}

/** The rules of an update besides those of the request. */
export function validateRequestUpdate(
  request: Request,
  old: Stored<Request>,
  part: RequestPart,
): FieldErrors {
  const certificate = request.status?.certificate
  const before = old.status?.certificate
  return [
    ...validateRequest(request, old),
    ...[...decisions, 'Failed'].flatMap((type) =>
      ensure(conditionsOf(request, type).length >= conditionsOf(old, type).length, () =>
        forbiddenField(conditionsPath, `updates may not remove a condition of type "${type}"`),
      ),
    ),
    ...(part === 'approval' ? [] : decisions.flatMap((type) => keepDecision(request, old, type))),
    ...ensure(part === 'status' || certificate === before, () =>
      forbiddenField(certificatePath, 'updates may not set certificate content'),
    ),
    ...ensure(part !== 'status' || !before || certificate === before, () =>
      forbiddenField(certificatePath, 'updates may not modify existing certificate content'),
    ),
  ]
}

function keepDecision(request: Request, old: Stored<Request>, type: string): FieldErrors {
  const [now, before] = [conditionsOf(request, type), conditionsOf(old, type)]
  if (now.length > before.length) {
    const rule = `updates may not add a condition of type "${type}"`
    return [forbiddenField(conditionsPath, rule)]
  }
  return ensure(now.length < before.length || deepEqual(now, before), () =>
    forbiddenField(conditionsPath, `updates may not modify a condition of type "${type}"`),
  )
}

function validateText(text: string): FieldErrors {
  try {
    checkRequestSignature(parseCertificateRequest(text))
    return []
  } catch (error) {
    return [invalidField(path.child('request'), text, messageOf(error))]
  }
}

function validateUsages(given: readonly string[], old: readonly string[]): FieldErrors {
  const at = path.child('usages')
  const isUnknown = (usage: string) => !usages.includes(usage)
  const seen = new Set<string>()
  return [
    ...requireValue(given.length, at),
    ...(old.some(isUnknown)
      ? []
      : eachItem(given, at, (usage, item) => requireOneOf(usage, item, usages))),
    ...(new Set(old).size < old.length
      ? []
      : eachItem(given, at, (usage, item) => {
          const isRepeated = seen.has(usage)
          seen.add(usage)
          return ensure(!isRepeated, () => duplicateField(item, usage))
        })),
  ]
}

function validateSigner(name: string, old: string | undefined): FieldErrors {
  const at = path.child('signerName')
  const { legacyUnknown } = kubernetesSigners
  if (name === legacyUnknown && old !== legacyUnknown) {
    return [invalidField(at, name, 'the legacy signerName is not allowed via this API version')]
  }
  return validateDomainPrefixedPath(name, at)
}

function validateConditions(request: Request, old: Stored<Request> | undefined): FieldErrors {
  const conditions = request.status?.conditions ?? []
  const before = (old?.status?.conditions ?? []).map(({ type }) => type)
  const mayRepeat = new Set(before).size < before.length
  const mayContradict = decisions.every((type) => before.includes(type))
  const seen = new Set<string>()
  return eachItem(conditions, conditionsPath, ({ type, status }, at) => {
    const contrary = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined
    const isContradiction = contrary !== undefined && seen.has(contrary)
    const isRepeated = seen.has(type)
    seen.add(type)
    return [
      ...(before.includes('') ? [] : requireValue(type, at.child('type'))),
      ...validateStatus(type, status, at.child('status')),
      ...ensure(mayContradict || !isContradiction, () => {
        const rule = 'Approved and Denied conditions are mutually exclusive'
        return invalidField(conditionsPath, type, rule)
      }),
      ...ensure(mayRepeat || !isRepeated, () => duplicateField(at.child('type'), type)),
    ]
  })
}

function validateStatus(type: string, status: string, at: ReturnType<typeof path.child>) {
  if (!status) return [requiredField(at)]
  const isFinal = [...decisions, 'Failed'].includes(type)
  return requireOneOf(status, at, isFinal ? ['True'] : ['False', 'True', 'Unknown'])
}

/** A certificate in PEM, or a chain of them; what was there already may be anything. */
function validateCertificate(text: string | undefined, old: string | undefined): FieldErrors {
  const isSound = old === undefined || old === '' || certificateFault(old) === undefined
  const fault = isSound && text ? certificateFault(text) : undefined
  return fault === undefined ? [] : [invalidField(certificatePath, '<certificate data>', fault)]
}

function certificateFault(text: string): string | undefined {
  const blocks = pemBlocks(Buffer.from(text, 'base64').toString())
  for (const { type, bytes, hasHeaders } of blocks) {
    if (type !== 'CERTIFICATE') {
      return `only CERTIFICATE PEM blocks are allowed, found "${type}"`
    }
    if (hasHeaders) return 'no PEM block headers are permitted'
    if (bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates'
    try {
      new X509Certificate(bytes)
    } catch {
      return 'x509: malformed certificate'
    }
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined
}
