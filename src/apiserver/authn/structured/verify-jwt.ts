import { constants, createPublicKey, createVerify, type KeyObject } from 'node:crypto'

/** A public key of an issuer. */
export interface IssuerKey {
  readonly id: string
  readonly key: KeyObject
}

/** A token by its parts, of which nothing is proved yet. */
export interface ParsedJwt {
  readonly algorithm: string
  readonly keyId: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly signed: string
  readonly signature: Buffer
}

/** What may sign tokens (upstream: `allowedSigningAlgs`), in alphabetical order. */
export const signingAlgorithms = [
  ...['ES256', 'ES384', 'ES512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['RS256', 'RS384', 'RS512'],
]

const curves: Readonly<Record<string, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
}

/** The parts of a text that has the form of a signed token; undefined for every other. */
export function parseJwt(token: string): ParsedJwt | undefined {
  const parts = token.split('.')
  const [head = '', body = '', signature = ''] = parts
  const header = decoded(head)
  const claims = decoded(body)
  if (parts.length !== 3 || !header || !claims || signature === '') return undefined
  // Whoever marks something as critical wants to be understood in it.
  if (header.crit !== undefined) return undefined
  return {
    algorithm: typeof header.alg === 'string' ? header.alg : '',
    keyId: typeof header.kid === 'string' ? header.kid : '',
    claims,
    signed: `${head}.${body}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

function decoded(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    // Cast: an object of JSON has texts for keys.
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** Whether a key has signed the token. All of it is synchronous and on this thread. */
export function isSignedBy({ key }: IssuerKey, token: ParsedJwt): boolean {
  const { algorithm, signed, signature } = token
  const [family, bits] = [algorithm.slice(0, 2), algorithm.slice(2)]
  const isEc = family === 'ES'
  if (!signingAlgorithms.includes(algorithm)) return false
  if (isEc !== (key.asymmetricKeyType === 'ec')) return false
  if (isEc && key.asymmetricKeyDetails?.namedCurve !== curves[algorithm]) return false
  try {
    return createVerify(`sha${bits}`)
      .update(signed)
      .verify(
        {
          key,
          ...(isEc && { dsaEncoding: 'ieee-p1363' as const }),
          ...(family === 'PS' && {
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_AUTO,
          }),
        },
        signature,
      )
  } catch {
    // Not even of the form that signatures have.
    return false
  }
}

/** The keys of a JSON Web Key Set (RFC 7517) that can sign tokens; others are passed over. @throws Error */
export function parseKeySet(text: string): readonly IssuerKey[] {
  const { keys } = JSON.parse(text) as { readonly keys?: unknown }
  if (!Array.isArray(keys)) throw new Error('the key set has no keys')
  return keys.flatMap((jwk: Readonly<Record<string, unknown>>) => {
    try {
      const key = createPublicKey({ key: jwk, format: 'jwk' })
      return [{ id: typeof jwk.kid === 'string' ? jwk.kid : '', key }]
    } catch {
      return []
    }
  })
}
