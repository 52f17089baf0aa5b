import { nodes, pods, secrets, serviceAccounts } from '#api'
import type { Clock } from '#lib'
import {
  goList,
  goQuote,
  type KubeObject,
  type ObjectKey,
  parseTime,
  type ResourceRef,
  type Stored,
} from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'
import { type TokenAuthenticator, type TokenVerdict, unknownToken } from './bearer.ts'
import { authenticatedGroup } from './groups.ts'
import { type BoundClaims, type LegacyClaims, subjectOf, type TokenIssuer } from './token-issuer.ts'

/** How long tokens outlive an object that is marked for deletion. */
const leewayMs = 60_000
const invalidated = 'service account token has been invalidated'
const extraPrefix = 'authentication.kubernetes.io/'

/**
 * Tokens of service accounts. The signature is looked at once; whether the account, and the pod,
 * secret or node that the token is bound to, are still there, every time.
 */
export function serviceAccountTokens(
  issuer: TokenIssuer,
  objects: ObjectReader,
  clock: Clock,
): TokenAuthenticator {
  return Object.freeze<TokenAuthenticator>({
    name: 'service-account',
    authenticateToken(token, audiences) {
      const read = issuer.read(token)
      if (read === undefined) return unknownToken
      if (read === 'forged') return refused('invalid signature')
      const nowMs = clock.wallMs()
      const state = { objects, nowMs }
      if (read.kind === 'bound') return boundVerdict(read.claims, audiences, state)
      const known = issuer.audiences.filter((each) => audiences.includes(each))
      return legacyVerdict(read.claims, token, state, known)
    },
  })
}

interface State {
  readonly objects: ObjectReader
  readonly nowMs: number
}

function boundVerdict(
  claims: BoundClaims,
  audiences: readonly string[],
  state: State,
): TokenVerdict {
  const shared = claims.aud.filter((each) => audiences.includes(each))
  if (shared.length === 0) {
    return refused(
      `token audiences ${quoted(claims.aud)} is invalid for the target audiences ${quoted(audiences)}`,
    )
  }
  const nowSeconds = state.nowMs / 1000
  if (nowSeconds > claims.exp) return refused('service account token has expired')
  if (nowSeconds < claims.nbf) return refused('service account token is not valid yet')
  const { namespace, serviceaccount: account, pod, secret, node } = claims['kubernetes.io']
  const fault =
    accountFault({ namespace, ...account }, state) ??
    (secret && boundFault(secrets, { namespace, ...secret }, state)) ??
    (pod && boundFault(pods, { namespace, ...pod }, state)) ??
    (!pod && node?.uid ? boundFault(nodes, { name: node.name, uid: node.uid }, state) : undefined)
  if (fault) return refused(fault)
  return verdictFor(namespace, account, shared, extraOf(claims))
}

function legacyVerdict(
  claims: LegacyClaims,
  token: string,
  state: State,
  audiences: readonly string[],
): TokenVerdict {
  const namespace = claims['kubernetes.io/serviceaccount/namespace']
  const name = claims['kubernetes.io/serviceaccount/service-account.name']
  const uid = claims['kubernetes.io/serviceaccount/service-account.uid']
  const secretName = claims['kubernetes.io/serviceaccount/secret.name']
  if (audiences.length === 0) return refused('token is meant for the API server only')
  const secret = state.objects.get(secrets, { namespace, name: secretName })
  if (!secret || isGone(secret, state.nowMs)) return refused(invalidated)
  if (secret.data?.token !== Buffer.from(token).toString('base64')) {
    return refused("token does not match server's copy")
  }
  const fault = accountFault({ namespace, name, uid }, state)
  return fault ? refused(fault) : verdictFor(namespace, { name, uid }, audiences, undefined)
}

type Wanted = ObjectKey & { readonly uid: string }

function accountFault({ uid, ...key }: Wanted, { objects, nowMs }: State): string | undefined {
  const account = objects.get(serviceAccounts, key)
  if (!account) return `serviceaccounts "${key.name}" not found`
  if (isGone(account, nowMs)) return `service account ${key.namespace}/${key.name} has been deleted`
  if (account.metadata.uid === uid) return undefined
  return `service account UID (${account.metadata.uid}) does not match claim (${uid})`
}

function boundFault<T extends KubeObject>(
  resource: ResourceRef<T>,
  { uid, ...key }: Wanted,
  { objects, nowMs }: State,
): string | undefined {
  const object = objects.get(resource, key)
  if (!object || isGone(object, nowMs) || object.metadata.uid !== uid) return invalidated
  return undefined
}

function isGone({ metadata }: Stored, nowMs: number): boolean {
  const deletedMs = parseTime(metadata.deletionTimestamp ?? '')
  return deletedMs !== undefined && deletedMs < nowMs - leewayMs
}

type Extra = Readonly<Record<string, readonly string[]>>

function extraOf({ jti, 'kubernetes.io': own }: BoundClaims): Extra {
  const values = {
    'credential-id': `JTI=${jti}`,
    'node-name': own.node?.name,
    'node-uid': own.node?.uid,
    'pod-name': own.pod?.name,
    'pod-uid': own.pod?.uid,
  }
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value ? [[`${extraPrefix}${name}`, [value]]] : [],
    ),
  )
}

function verdictFor(
  namespace: string,
  account: { readonly name: string; readonly uid: string },
  audiences: readonly string[],
  extra: Extra | undefined,
): TokenVerdict {
  const groups = [
    'system:serviceaccounts',
    `system:serviceaccounts:${namespace}`,
    authenticatedGroup,
  ]
  const name = subjectOf(namespace, account.name)
  const user = { name, uid: account.uid, groups, ...(extra && { extra }) }
  return { kind: 'user', user, audiences }
}

function refused(reason: string): TokenVerdict {
  return { kind: 'refused', reason }
}

function quoted(list: readonly string[]): string {
  return goList(list.map(goQuote))
}
