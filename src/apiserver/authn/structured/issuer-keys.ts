import { type Clock, linkedAbort, messageOf } from '#lib'
import type { WebhookTransport } from '../../webhooks/transport.ts'
import { callOfUrl } from '../../webhooks/url-call.ts'
import { type IssuerKey, isSignedBy, type ParsedJwt, parseKeySet } from './verify-jwt.ts'

/** The public keys of an issuer, as its discovery document and key set say them. */
export interface IssuerKeys {
  /** Resolves when one of them has signed the token. @throws Error with upstream's words */
  verify(token: ParsedJwt): Promise<void>
}

export interface IssuerKeysOptions {
  readonly url: string
  /** Where the discovery document is, if not below the issuer's URL. */
  readonly discoveryUrl: string | undefined
  /** PEM; undefined: the authorities that the system trusts. */
  readonly authorities: string | undefined
  readonly clock: Clock
  readonly transport: WebhookTransport
}

/** How long one request may take. */
const requestLimitMs = 30_000
/**
 * How soon an issuer is asked again, whether it has answered or not: a token with an unknown key would
 * otherwise make a request each time.
 */
const pauseMs = 10_000

/** Asks the issuer for its keys when the first token comes, and again for a token that none of them has signed. */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { clock } = options
  let keys: readonly IssuerKey[] = []
  let keySetUrl: string | undefined
  let fetching: Promise<void> | undefined
  let askedAtMs: number | undefined
  let failure: unknown

  const fetchKeys = async () => {
    keySetUrl ??= await keySetUrlOf(options)
    keys = parseKeySet(await fetched(keySetUrl, options))
  }
  /** Those who come while a request is out wait for its answer, whoever made it. */
  const refresh = (): Promise<void> => {
    if (fetching !== undefined) return fetching
    const nowMs = clock.monotonicMs()
    if (askedAtMs !== undefined && nowMs - askedAtMs < pauseMs) {
      return failure === undefined ? Promise.resolve() : Promise.reject(failure)
    }
    askedAtMs = nowMs
    fetching = fetchKeys()
      .then(
        () => {
          failure = undefined
        },
        (error: unknown) => {
          failure = new Error(`fetching keys ${messageOf(error)}`, { cause: error })
          throw failure
        },
      )
      .finally(() => {
        fetching = undefined
      })
    return fetching
  }
  const isVerified = (token: ParsedJwt) =>
    keys.some((key) => (token.keyId === '' || key.id === token.keyId) && isSignedBy(key, token))
  return {
    async verify(token) {
      if (isVerified(token)) return
      await refresh()
      if (!isVerified(token)) throw new Error('failed to verify id token signature')
    },
  }
}

const wellKnown = '/.well-known/openid-configuration'

async function keySetUrlOf(options: IssuerKeysOptions): Promise<string> {
  const { url, discoveryUrl = `${url.replace(/\/$/, '')}${wellKnown}` } = options
  // Cast: looked at below.
  const document = JSON.parse(await fetched(discoveryUrl, options)) as {
    readonly issuer?: unknown
    readonly jwks_uri?: unknown
  }
  if (document.issuer !== url) {
    const [expected, got] = [url, document.issuer ?? ''].map((each) => JSON.stringify(each))
    const what = `issuer did not match the issuer returned by provider, expected ${expected} got ${got}`
    throw new Error(`oidc: ${what}`)
  }
  if (typeof document.jwks_uri !== 'string' || document.jwks_uri === '') {
    throw new Error('provider did not return JWKS URL')
  }
  return document.jwks_uri
}

async function fetched(
  url: string,
  { authorities, clock, transport }: IssuerKeysOptions,
): Promise<string> {
  // A request outlives the one who asked first: others wait for it as well.
  using limit = linkedAbort(new AbortController().signal)
  using _ = clock.timer(requestLimitMs, () => limit.abort(new Error('context deadline exceeded')))
  const call = callOfUrl(url, { method: 'GET', authorities })
  const { status, body } = await transport.post(call, limit.signal).catch((error: unknown) => {
    throw new Error(`Get ${JSON.stringify(url)}: ${messageOf(error)}`, { cause: error })
  })
  const text = Buffer.from(body).toString('utf8')
  if (status !== 200) throw new Error(`${status}: ${text.slice(0, 200)}`)
  return text
}
