import { constants, createPublicKey, createVerify, type KeyObject, verify } from 'node:crypto'
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
  /** Of the algorithm, where it has any. */
  readonly parameters?: DerValue
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
  const [, parameters] = derParts(algorithm)
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
    ...(parameters && { parameters }),
    signature: signature.content.subarray(1),
  }
  publicKeyOf(request)
  return request
}

/** How a request is signed; no hash where the algorithm has its own. */
interface SignatureForm {
  readonly key: keyof typeof keyKinds
  readonly hash?: string
  readonly isPss?: true
}

const rsaPss = '1.2.840.113549.1.1.10'

const forms: Readonly<Record<string, SignatureForm>> = {
  '1.2.840.10045.4.1': { key: 'ec', hash: 'sha1' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.2.840.113549.1.1.5': { key: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.3.101.112': { key: 'ed25519' },
}

/** Kinds of keys as Go calls them, and what it says of signatures that do not hold. */
const keyKinds = {
  ec: { name: 'ECDSA', type: '*ecdsa.PublicKey', failure: 'x509: ECDSA verification failure' },
  ed25519: {
    name: 'Ed25519',
    type: 'ed25519.PublicKey',
    failure: 'x509: Ed25519 verification failure',
  },
  rsa: { name: 'RSA', type: '*rsa.PublicKey', failure: 'crypto/rsa: verification error' },
}

/** Whether whoever asks holds the key that is to be certified. @throws Error where not. */
export function checkRequestSignature(request: CertificateRequest): void {
  const form = request.algorithm === rsaPss ? pssForm(request.parameters) : forms[request.algorithm]
  if (!form) throw new Error('x509: cannot verify signature: algorithm unimplemented')
  const key = publicKeyOf(request)
  const kind = kindOf(key)
  if (kind !== form.key) {
    const { name } = keyKinds[form.key]
    const { type } = keyKinds[kind]
    throw new Error(
      `x509: signature algorithm specifies an ${name} public key, but have public key of type ${type}`,
    )
  }
  if (!isSignedBy(key, form, request)) throw new Error(keyKinds[kind].failure)
}

/** Node does the work of `verify` as that of a thread, even at once; only Ed25519 knows no other way. */
function isSignedBy(
  key: KeyObject,
  { hash, isPss }: SignatureForm,
  { signed, signature }: CertificateRequest,
): boolean {
  if (hash === undefined) return verify(null, signed, key, signature)
  const padding = isPss && {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  return createVerify(hash)
    .update(signed)
    .verify({ key, ...padding }, signature)
}

const hashNames: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', bytes: 32 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', bytes: 48 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', bytes: 64 },
}
const mgf1 = '1.2.840.113549.1.1.8'

/**
 * PSS has more options than anybody uses: as in Go both hashes have to be the same, the salt as long as they
 * are, and the trailer the usual one.
 */
function pssForm(parameters: DerValue | undefined): SignatureForm | undefined {
  const option = (tag: number) => {
    const found = derParts(parameters).find((part) => part.tag === 0xa0 + tag)
    return found && derParts(found)[0]
  }
  const hash = plainAlgorithm(option(0))
  const mask = derParts(option(1))
  const [maskKind] = mask
  if (hash === undefined || !maskKind || oidOf(maskKind) !== mgf1) return undefined
  if (plainAlgorithm(mask[1]) !== hash) return undefined
  const [salt, trailer] = [numberOf(option(2)), numberOf(option(3))]
  const known = hashNames[hash]
  if (!known || salt !== known.bytes || (trailer ?? 1) !== 1) return undefined
  return { key: 'rsa', hash: known.name, isPss: true }
}

/** An algorithm that has no parameters, or none but null. */
function plainAlgorithm(identifier: DerValue | undefined): string | undefined {
  const [id, parameters] = derParts(identifier)
  if (!id || (parameters && parameters.tag !== derTag.null)) return undefined
  return oidOf(id)
}

function numberOf(value: DerValue | undefined): number | undefined {
  return value && [...value.content].reduce((sum, byte) => sum * 256 + byte, 0)
}

const curves = ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1']

/** The key, where it is of a kind that certificates are made for. */
function publicKeyOf({ publicKey }: Pick<CertificateRequest, 'publicKey'>): KeyObject {
  const key = keyObjectOf(publicKey)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ec' && !curves.includes(details?.namedCurve ?? '')) {
    throw new Error('x509: unsupported elliptic curve')
  }
  kindOf(key)
  return key
}

function kindOf({ asymmetricKeyType: type }: KeyObject): keyof typeof keyKinds {
  if (type === 'ec' || type === 'rsa' || type === 'ed25519') return type
  throw new Error('x509: unknown public key algorithm')
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
