import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  type KeyObject,
  type VerifyKeyObjectInput,
} from 'node:crypto'
import { pemBlocks, pemOf } from '#lib'

/** A key by which JSON Web Tokens are believed, as others learn it. */
export interface JwtVerifier {
  readonly algorithm: Algorithm
  readonly id: string
  /** RFC 7517. */
  readonly jwk: Readonly<Record<string, unknown>>
  /** The claims of a token that this key has signed; undefined for every other text. */
  open(token: string): Readonly<Record<string, unknown>> | undefined
}

/** A key that signs JSON Web Tokens besides. */
export interface JwtKey extends JwtVerifier {
  sign(claims: object): string
}

type Algorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256'

/** JWS wants the two numbers of an ECDSA signature side by side, not in DER. */
const form = { dsaEncoding: 'ieee-p1363' } as const

/**
 * An EC or RSA key from PEM. All of it is synchronous and on this thread; `crypto.sign` would
 * be too, but makes a job of it that looks like work of the thread pool.
 */
export function jwtKeyFromPem(pem: string): JwtKey {
  const privateKey = createPrivateKey(pem)
  const verifier = verifierOf(createPublicKey(privateKey))
  const header = encode({ alg: verifier.algorithm, kid: verifier.id })
  return Object.freeze<JwtKey>({
    ...verifier,
    sign(claims) {
      const signed = `${header}.${encode(claims)}`
      const signature = createSign(hashOf(verifier.algorithm))
        .update(signed)
        .sign({ key: privateKey, ...form })
      return `${signed}.${signature.toString('base64url')}`
    },
  })
}

/**
 * The keys of a PEM text that tokens can be believed by: public ones, those of private ones and of certificates.
 * @throws Error where there is none (upstream: `PublicKeysFromFile`)
 */
export function jwtVerifiersFromPem(pem: string): readonly JwtVerifier[] {
  const found = pemBlocks(pem).flatMap(({ type, bytes }) => {
    try {
      return [verifierOf(createPublicKey(pemOf(type, bytes)))]
    } catch {
      return []
    }
  })
  if (found.length > 0) return found
  throw new Error('data does not contain any valid RSA or ECDSA public keys')
}

function verifierOf(publicKey: KeyObject): JwtVerifier {
  const algorithm = algorithmOf(publicKey)
  const id = keyId(publicKey)
  return Object.freeze<JwtVerifier>({
    algorithm,
    id,
    jwk: jwkOf(publicKey, algorithm, id),
    open(token) {
      const parts = token.split('.')
      const [head = '', body = '', signature = ''] = parts
      if (parts.length !== 3 || decode(head)?.alg !== algorithm) return undefined
      const hash = hashOf(algorithm)
      const isOurs = isSignedBy({ key: publicKey, ...form }, `${head}.${body}`, { signature, hash })
      return isOurs ? decode(body) : undefined
    },
  })
}

function hashOf(algorithm: Algorithm): string {
  return `sha${algorithm.slice(2)}`
}

function isSignedBy(
  key: VerifyKeyObjectInput,
  text: string,
  { signature, hash }: { readonly signature: string; readonly hash: string },
): boolean {
  if (!isBase64Url(signature)) return false
  try {
    return createVerify(hash).update(text).verify(key, signature, 'base64url')
  } catch {
    // Not even of the form that signatures have.
    return false
  }
}

/** The claims of a token without any proof of them; undefined when the text is none. */
export function unverifiedClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split('.')
  return parts.length === 3 ? decode(parts[1] ?? '') : undefined
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  const algorithm = algorithms[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (algorithm) return algorithm
  throw new Error('tokens are signed with an RSA key, or one of P-256, P-384 or P-521')
}

/** The hash of the public key in DER (upstream: `keyIDFromPublicKey`). */
function keyId(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('base64url')
}

function jwkOf(key: KeyObject, algorithm: string, id: string) {
  const { kty, crv, ...numbers } = key.export({ format: 'jwk' })
  return { use: 'sig', kty, kid: id, ...(crv && { crv }), alg: algorithm, ...numbers }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/**
 * Whether a text is base64url as JWS wants it: without padding, and without bits that say nothing. Else
 * one token could be written in several ways.
 */
function isBase64Url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text
}

function decode(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!isBase64Url(text)) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}
