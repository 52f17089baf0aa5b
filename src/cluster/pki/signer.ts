import {
  createPrivateKey,
  createPublicKey,
  createSign,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto'
import type { CertificateRequest } from '#api'
import type { CertificateSigner, CertificateTerms } from '#controllers'
import {
  type DerValue,
  der,
  derBits,
  derInteger,
  derOid,
  derParts,
  derTag,
  derTime,
  oidOf,
  parseDer,
  pemOf,
} from '#lib'
import type { KeyPair } from './certificates.ts'

/**
 * The authority as signer of requests. It signs at once, without leaving its thread, so that a simulated
 * cluster stands still while it does; the bytes are those that upstream's authority would write.
 */
export function createSigner(authority: KeyPair): CertificateSigner {
  const certificate = new X509Certificate(authority.certificate)
  const issuer = issuerOf(certificate)
  const key = createPrivateKey(authority.key)
  const { algorithm, hash } = algorithmOf(key)
  return {
    notAfterMs: Date.parse(certificate.validTo),
    sign(request, terms) {
      const signed = der(
        derTag.sequence,
        der(0xa0, derInteger(2n)),
        derInteger(terms.serialNumber),
        algorithm,
        issuer.name,
        der(derTag.sequence, derTime(terms.notBeforeMs), derTime(terms.notAfterMs)),
        nameOf(request),
        request.publicKey,
        der(0xa3, der(derTag.sequence, ...extensionsOf(request, terms, issuer))),
      )
      const signature = derBits(signatureOf(signed, key, hash))
      return pemOf('CERTIFICATE', der(derTag.sequence, signed, algorithm, signature))
    },
  }
}

/**
 * The authority of a cluster that nobody reaches over TLS, by a key that is there already; at once, too,
 * and good at all times that a simulation may be set to.
 */
export function selfSignedAuthority(key: string, commonName: string): KeyPair {
  const privateKey = createPrivateKey(key)
  const { algorithm, hash } = algorithmOf(privateKey)
  const name = der(
    derTag.sequence,
    der(derTag.set, der(derTag.sequence, derOid('2.5.4.3'), textValue(commonName))),
  )
  const isAuthority = der(derTag.sequence, der(derTag.boolean, Buffer.from([0xff])))
  const extensions = der(derTag.sequence, extension(oids.basicConstraints, isAuthority, true))
  const signed = der(
    derTag.sequence,
    der(0xa0, derInteger(2n)),
    derInteger(1n),
    algorithm,
    name,
    der(derTag.sequence, derTime(0), derTime(Date.UTC(9999, 11, 31))),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = derBits(signatureOf(signed, privateKey, hash))
  return {
    certificate: pemOf('CERTIFICATE', der(derTag.sequence, signed, algorithm, signature)),
    key,
  }
}

interface Issuer {
  readonly name: Uint8Array
  readonly keyId: Uint8Array | undefined
}

const oids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
}

function issuerOf(certificate: X509Certificate): Issuer {
  const [info] = derParts(parseDer(certificate.raw))
  const parts = derParts(info)
  const hasVersion = parts[0]?.tag === 0xa0
  const name = parts[hasVersion ? 5 : 4]
  if (!name) throw new Error('the authority has no subject')
  const [extensions] = parts.filter(({ tag }) => tag === 0xa3).flatMap(derParts)
  const keyId = (extensions ? derParts(extensions) : [])
    .map((extension) => derParts(extension))
    .find(([id]) => id && oidOf(id) === oids.subjectKeyIdentifier)
    ?.at(-1)
  return { name: name.encoded, keyId: keyId && parseDer(keyId.content).content }
}

/** Node does the work of `sign` as that of a thread, even at once; only Ed25519 knows no other way. */
function signatureOf(signed: Uint8Array, key: KeyObject, hash: string | null): Uint8Array {
  return hash === null ? sign(null, signed, key) : createSign(hash).update(signed).sign(key)
}

/** How an authority signs: by the hash that fits its key. */
function algorithmOf(key: KeyObject): { algorithm: Uint8Array; hash: string | null } {
  const identifier = (oid: string, ...parameters: readonly Uint8Array[]) =>
    der(derTag.sequence, derOid(oid), ...parameters)
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const curve = key.asymmetricKeyDetails?.namedCurve
      if (curve === 'secp384r1') {
        return { algorithm: identifier('1.2.840.10045.4.3.3'), hash: 'sha384' }
      }
      if (curve === 'secp521r1') {
        return { algorithm: identifier('1.2.840.10045.4.3.4'), hash: 'sha512' }
      }
      return { algorithm: identifier('1.2.840.10045.4.3.2'), hash: 'sha256' }
    }
    case 'ed25519':
      return { algorithm: identifier('1.3.101.112'), hash: null }
    case 'rsa': {
      const algorithm = identifier('1.2.840.113549.1.1.11', der(derTag.null))
      return { algorithm, hash: 'sha256' }
    }
    default:
      throw new Error(`an authority cannot sign with a key of the type ${key.asymmetricKeyType}`)
  }
}

/** Attributes of a subject that a certificate keeps, in their order (upstream: Go's `pkix.Name`). */
const keptTogether = [
  '2.5.4.6', // C
  '2.5.4.8', // ST
  '2.5.4.7', // L
  '2.5.4.9', // street
  '2.5.4.17', // postal code
  '2.5.4.10', // O
  '2.5.4.11', // OU
]
const keptLast = ['2.5.4.3', '2.5.4.5']

function nameOf({ subject }: CertificateRequest): Uint8Array {
  const valuesOf = (type: string) => subject.filter((each) => each.type === type)
  const sets = [
    ...keptTogether.map(valuesOf),
    ...keptLast.map((type) => valuesOf(type).slice(-1)),
  ].filter((attributes) => attributes.length > 0)
  return der(
    derTag.sequence,
    ...sets.map((attributes) => {
      const encoded = attributes.map(({ type, value }) =>
        der(derTag.sequence, derOid(type), textValue(value)),
      )
      return der(derTag.set, ...encoded.toSorted(Buffer.compare))
    }),
  )
}

function textValue(text: string): Uint8Array {
  const isPlain = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)
  return der(isPlain ? derTag.printableString : derTag.utf8String, Buffer.from(text))
}

const keyUsageBits: Readonly<Record<string, number>> = {
  signing: 0,
  'digital signature': 0,
  'content commitment': 1,
  'key encipherment': 2,
  'data encipherment': 3,
  'key agreement': 4,
  'cert sign': 5,
  'crl sign': 6,
  'encipher only': 7,
  'decipher only': 8,
}

/** In the order in which certificates list them. */
const purposes: readonly (readonly [oid: string, ...usages: readonly string[]])[] = [
  ['2.5.29.37.0', 'any'],
  ['1.3.6.1.5.5.7.3.1', 'server auth'],
  ['1.3.6.1.5.5.7.3.2', 'client auth'],
  ['1.3.6.1.5.5.7.3.3', 'code signing'],
  ['1.3.6.1.5.5.7.3.4', 'email protection', 's/mime'],
  ['1.3.6.1.5.5.7.3.5', 'ipsec end system'],
  ['1.3.6.1.5.5.7.3.6', 'ipsec tunnel'],
  ['1.3.6.1.5.5.7.3.7', 'ipsec user'],
  ['1.3.6.1.5.5.7.3.8', 'timestamping'],
  ['1.3.6.1.5.5.7.3.9', 'ocsp signing'],
  ['1.3.6.1.4.1.311.10.3.3', 'microsoft sgc'],
  ['2.16.840.1.113730.4.1', 'netscape sgc'],
]

function extensionsOf(
  request: CertificateRequest,
  { usages }: CertificateTerms,
  { keyId }: Issuer,
): readonly Uint8Array[] {
  const bits = usages.flatMap((usage) => keyUsageBits[usage] ?? [])
  const ids = purposes
    .filter(([, ...names]) => names.some((name) => usages.includes(name)))
    .map(([oid]) => derOid(oid))
  const names = request.alternativeNames
  return [
    ...(bits.length > 0 ? [extension(oids.keyUsage, usageBits(bits), true)] : []),
    ...(ids.length > 0 ? [extension(oids.extendedKeyUsage, der(derTag.sequence, ...ids))] : []),
    extension(oids.basicConstraints, der(derTag.sequence), true),
    ...(keyId
      ? [extension(oids.authorityKeyIdentifier, der(derTag.sequence, der(0x80, keyId)))]
      : []),
    ...(names.length > 0 ? [alternativeNames(names, request.subject.length === 0)] : []),
  ]
}

function alternativeNames(names: readonly DerValue[], isAll: boolean): Uint8Array {
  const known = [0x82, 0x81, 0x87, 0x86].flatMap((tag) => names.filter((name) => name.tag === tag))
  const content = der(derTag.sequence, ...known.map(({ encoded }) => encoded))
  return extension(oids.alternativeNames, content, isAll)
}

/** A bit string up to its last bit that is set. */
function usageBits(bits: readonly number[]): Uint8Array {
  const last = Math.max(...bits)
  const bytes = new Uint8Array(Math.floor(last / 8) + 1)
  for (const bit of bits) bytes[Math.floor(bit / 8)]! |= 0x80 >> (bit % 8)
  return derBits(bytes, 7 - (last % 8))
}

function extension(oid: string, content: Uint8Array, isCritical = false): Uint8Array {
  const critical = isCritical ? [der(derTag.boolean, Buffer.from([0xff]))] : []
  return der(derTag.sequence, derOid(oid), ...critical, der(derTag.octetString, content))
}
