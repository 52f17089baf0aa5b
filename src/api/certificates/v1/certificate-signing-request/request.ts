import { createPublicKey, createVerify, type KeyObject, verify } from 'node:crypto'
import { type DerValue, derParts, derTag, oidOf, parseDer, pemBlocks } from '#lib'

/** What somebody asks to be certified (PKCS #10). */
export interface CertificateRequest {
  /** Attributes of the subject in their order, by their object identifiers. */
  readonly subject: readonly { readonly type: string; readonly value: string }[]
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly dnsNames: readonly string[]
  readonly emailAddresses: readonly string[]
  /** As text: `10.0.0.1`, `fd00:0:0:0:0:0:0:1`. */
  readonly ipAddresses: readonly string[]
  readonly uris: readonly string[]
  /** The names besides the subject as they stand in the request, with their tags. */
  readonly alternativeNames: readonly DerValue[]
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  readonly signed: Uint8Array
  readonly algorithm: string
  readonly signature: Uint8Array
}

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  extensionRequest: '1.2.840.113549.1.9.14',
  alternativeNames: '2.5.29.17',
}

/** Tags of the kinds of alternative names. */
const nameTags = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 }

/** Reads a request, in PEM and base64. @throws Error that says what is wrong with it. */
export function parseCertificateRequest(text: string): CertificateRequest {
  const [block] = pemBlocks(Buffer.from(text, 'base64').toString())
  if (block?.type !== 'CERTIFICATE REQUEST') {
    throw new Error('PEM block type must be CERTIFICATE REQUEST')
  }
  const [info, algorithm, signature] = derParts(parseDer(block.bytes))
  const [, subject, key, ...attributes] = derParts(info)
  if (!info || !key || signature?.tag !== derTag.bitString) {
    throw new Error('asn1: structure error: sequence truncated')
  }
  const names = subjectOf(subject)
  const alternativeNames = attributes.flatMap(alternativeNamesOf)
  const textsOf = (tag: number) =>
    alternativeNames
      .filter((name) => name.tag === tag)
      .map(({ content }) => Buffer.from(content).toString('latin1'))
  const request: CertificateRequest = {
    subject: names,
    commonName: names.findLast(({ type }) => type === oids.commonName)?.value ?? '',
    organizations: names.filter(({ type }) => type === oids.organization).map(({ value }) => value),
    dnsNames: textsOf(nameTags.dns),
    emailAddresses: textsOf(nameTags.email),
    uris: textsOf(nameTags.uri),
    ipAddresses: alternativeNames.filter(({ tag }) => tag === nameTags.ip).map(addressText),
    alternativeNames,
    publicKey: key.encoded,
    signed: info.encoded,
    algorithm: oidOf(firstOf(algorithm)),
    signature: signature.content.subarray(1),
  }
  publicKeyOf(request)
  return request
}

/** How the algorithms of signatures hash what is signed. */
const hashes: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
}

const failures: Readonly<Record<string, string>> = {
  ec: 'x509: ECDSA verification failure',
  ed25519: 'x509: Ed25519 verification failure',
  rsa: 'crypto/rsa: verification error',
}

/** Whether whoever asks holds the key that is to be certified. @throws Error where not. */
export function checkRequestSignature(request: CertificateRequest): void {
  const hash = hashes[request.algorithm]
  if (hash === undefined) {
    throw new Error('x509: cannot verify signature: algorithm unimplemented')
  }
  const key = publicKeyOf(request)
  if (isSignedBy(key, hash, request)) return
  throw new Error(failures[key.asymmetricKeyType ?? ''] ?? 'x509: invalid signature')
}

/** Node does the work of `verify` as that of a thread, even at once; only Ed25519 knows no other way. */
function isSignedBy(
  key: KeyObject,
  hash: string | null,
  { signed, signature }: CertificateRequest,
): boolean {
  if (hash === null) return verify(null, signed, key, signature)
  return createVerify(hash).update(signed).verify(key, signature)
}

const curves = ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1']

/** The key, where it is of a kind that certificates are made for. */
function publicKeyOf({ publicKey }: Pick<CertificateRequest, 'publicKey'>): KeyObject {
  const key = keyObjectOf(publicKey)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ec' && !curves.includes(details?.namedCurve ?? '')) {
    throw new Error('x509: unsupported elliptic curve')
  }
  if (!failures[type ?? '']) throw new Error('x509: unknown public key algorithm')
  return key
}

function keyObjectOf(publicKey: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  } catch {
    throw new Error('x509: unknown public key algorithm')
  }
}

function subjectOf(name: DerValue | undefined): CertificateRequest['subject'] {
  return derParts(name)
    .flatMap(derParts)
    .map((attribute) => {
      const [type, value] = derParts(attribute)
      return {
        type: oidOf(type ?? attribute),
        value: Buffer.from(value?.content ?? []).toString(),
      }
    })
}

/** The alternative names of an element of the request's attributes, where it holds extensions. */
function alternativeNamesOf(attributes: DerValue): readonly DerValue[] {
  return derParts(attributes).flatMap((attribute) => {
    const [type, values] = derParts(attribute)
    if (!type || oidOf(type) !== oids.extensionRequest) return []
    return derParts(values)
      .flatMap(derParts)
      .flatMap((extension) => {
        const parts = derParts(extension)
        const [id] = parts
        const content = parts.at(-1)?.content
        if (!id || !content || oidOf(id) !== oids.alternativeNames) return []
        return derParts(parseDer(content))
      })
  })
}

function firstOf(value: DerValue | undefined): DerValue {
  const [first] = derParts(value)
  if (!first) throw new Error('asn1: structure error: sequence truncated')
  return first
}

function addressText({ content }: DerValue): string {
  if (content.length === 4) return [...content].join('.')
  if (content.length !== 16)
    throw new Error(`x509: cannot parse IP address of length ${content.length}`)
  const view = new DataView(content.buffer, content.byteOffset, 16)
  return Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2).toString(16)).join(':')
}
