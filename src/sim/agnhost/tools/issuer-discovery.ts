import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { textFrom } from '../../process/bytes.ts'
import type { Run, Subcommand } from '../program/program.ts'

const clusterToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** `test-service-account-issuer-discovery`: proves a token by what its issuer publishes of itself. */
export const issuerDiscovery: Subcommand = {
  flags: {
    'token-path': { takes: 'text', by: '' },
    audience: { takes: 'text', by: '' },
  },
  start(run) {
    const { flags, world, log } = run
    const path = flags.text('token-path')
    const token = world.files.read(path)?.trim()
    if (token === undefined) {
      log(`open ${path}: no such file or directory`)
      run.exit(1)
      return {}
    }
    log('OK: Got token')
    log('validating with in-cluster discovery')
    validate(run, token, (why) => {
      if (why !== undefined) log(`failed to validate with in-cluster discovery: ${why}`)
      run.exit(why === undefined ? 0 : 1)
    })
    return {}
  },
}

/** Is told why a token does not hold; undefined when it does. */
type Judged = (why?: string) => void

interface Claims {
  readonly iss?: string
  readonly aud?: string | readonly string[]
  readonly exp?: number
}

function validate(run: Run, token: string, done: Judged): void {
  const { log } = run
  const claims = partOf<Claims>(token, 1)
  if (!claims?.iss) return void done('oidc: malformed jwt')
  const issuer = claims.iss
  log(`OK: got issuer ${issuer}`)
  ask(run, `${issuer}/.well-known/openid-configuration`, (found, why) => {
    // Cast: what is no text equals none.
    const { issuer: named, jwks_uri: keysAt } = (found ?? {}) as Record<string, string>
    if (!found) return void done(why)
    if (named !== issuer || keysAt === undefined) {
      const what = `expected ${JSON.stringify(issuer)} got ${JSON.stringify(named)}`
      return void done(
        `oidc: issuer URL provided to client did not match the issuer URL returned by provider, ${what}`,
      )
    }
    log(`OK: Constructed OIDC provider for issuer ${issuer}`)
    ask(run, keysAt, (set, none) => {
      const fault = set ? faultOf(run, token, set) : none
      if (fault !== undefined) return void done(fault)
      log('OK: Validated signature on JWT')
      log('OK: Got valid claims from token!')
      done()
    })
  })
}

/** What is wrong with a token, by the keys of its issuer. */
function faultOf({ flags, world }: Run, token: string, set: unknown): string | undefined {
  const { aud = [], exp = 0 } = partOf<Claims>(token, 1) ?? {}
  // Cast: what is read of it is looked at.
  const { keys = [] } = set as { readonly keys?: readonly Key[] }
  const audience = flags.text('audience')
  const audiences = [aud].flat()
  if (!audiences.includes(audience)) {
    return `oidc: expected audience ${JSON.stringify(audience)} got ${JSON.stringify(audiences)}`
  }
  if (exp * 1000 < world.wallMs()) return 'oidc: token is expired'
  return isSignedBy(token, keys)
    ? undefined
    : 'failed to verify signature: no keys matches jwk keyid'
}

type Key = JsonWebKey & { readonly kid?: string }

function partOf<T>(token: string, index: number): T | undefined {
  try {
    // Cast: what is read of it is looked at.
    return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as T
  } catch {
    return undefined
  }
}

function isSignedBy(token: string, keys: readonly Key[]): boolean {
  const { alg, kid } = partOf<{ readonly alg?: string; readonly kid?: string }>(token, 0) ?? {}
  const key = keys.find((each) => each.kid === kid)
  if (!key || (alg !== 'RS256' && alg !== 'ES256')) return false
  const [head, claims, signature = ''] = token.split('.')
  const signed = Buffer.from(`${head}.${claims}`)
  const publicKey = createPublicKey({ key, format: 'jwk' })
  const how = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', signed, how, Buffer.from(signature, 'base64url'))
}

/** Asks for JSON by the token of the pod. */
function ask({ world }: Run, address: string, done: (found: unknown, why: string) => void): void {
  const url = URL.parse(address)
  if (!url) return void done(undefined, `parse ${JSON.stringify(address)}: invalid URL`)
  const token = world.files.read(clusterToken)?.trim()
  const request = {
    host: url.hostname,
    port: Number(url.port || 443),
    method: 'GET',
    path: `${url.pathname}${url.search}`,
    headers: token === undefined ? [] : ([['Authorization', `Bearer ${token}`]] as const),
    isSecure: true,
  }
  world.network.ask(request, (answer) => {
    if (answer.kind === 'failed') return void done(undefined, `Get "${address}": ${answer.why}`)
    const { status, body } = answer.response
    if (status !== 200) return void done(undefined, `${status}: ${textFrom(body)}`)
    try {
      done(JSON.parse(textFrom(body)), '')
    } catch {
      done(undefined, 'oidc: failed to decode provider discovery object')
    }
  })
}
