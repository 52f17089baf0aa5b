import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  type KeyObject,
  type VerifyKeyObjectInput,
} from 'node:crypto'
import { invariant } from '#lib'

/** A key that signs JSON Web Tokens, and its public half as others learn it. */
export interface JwtKey {
  readonly algorithm: 'ES256' | 'RS256'
  readonly id: string
  /** RFC 7517. */
  readonly jwk: Readonly<Record<string, unknown>>
  sign(claims: object): string
  /** The claims of a token that this key has signed; undefined for every other text. */
  open(token: string): Readonly<Record<string, unknown>> | undefined
}

/**
 * An EC P-256 or RSA key from PEM. All of it is synchronous and on this thread; `crypto.sign` would
 * be too, but makes a job of it that looks like work of the thread pool.
 */
export function jwtKeyFromPem(pem: string): JwtKey {
  const privateKey = createPrivateKey(pem)
  const publicKey = createPublicKey(privateKey)
  const algorithm = algorithmOf(publicKey)
  const id = keyId(publicKey)
  const header = encode({ alg: algorithm, kid: id })
  // JWS wants the two numbers of an ECDSA signature side by side, not in DER.
  const form = { dsaEncoding: 'ieee-p1363' } as const
  return Object.freeze<JwtKey>({
    algorithm,
    id,
    jwk: jwkOf(publicKey, algorithm, id),
    sign(claims) {
      const signed = `${header}.${encode(claims)}`
      const signature = createSign('sha256')
        .update(signed)
        .sign({ key: privateKey, ...form })
      return `${signed}.${signature.toString('base64url')}`
    },
    open(token) {
      const parts = token.split('.')
      const [head = '', body = '', signature = ''] = parts
      if (parts.length !== 3 || decode(head)?.alg !== algorithm) return undefined
      const isOurs = isSignedBy({ key: publicKey, ...form }, `${head}.${body}`, signature)
      return isOurs ? decode(body) : undefined
    },
  })
}

function isSignedBy(key: VerifyKeyObjectInput, text: string, signature: string): boolean {
  if (!isBase64Url(signature)) return false
  try {
    return createVerify('sha256').update(text).verify(key, signature, 'base64url')
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

function algorithmOf(key: KeyObject): JwtKey['algorithm'] {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  const curve = key.asymmetricKeyDetails?.namedCurve
  invariant(curve === 'prime256v1', 'tokens are signed with a P-256 or an RSA key')
  return 'ES256'
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
