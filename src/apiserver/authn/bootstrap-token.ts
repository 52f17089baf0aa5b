import { timingSafeEqual } from 'node:crypto'
import { type Secret, secrets } from '#api'
import type { Clock } from '#lib'
import { parseTime } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'
import { type TokenAuthenticator, unknownToken } from './bearer.ts'
import { authenticatedGroup } from './groups.ts'

const tokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const bootstrapGroup = 'system:bootstrappers'
const extraGroupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/
const secretType = 'bootstrap.kubernetes.io/token'

/** Tokens by which new nodes join: Secrets `bootstrap-token-<id>` in kube-system. */
export function bootstrapTokens(objects: ObjectReader, clock: Clock): TokenAuthenticator {
  return Object.freeze<TokenAuthenticator>({
    name: 'bootstrap-token',
    authenticateToken(token) {
      const [, id, secretPart] = tokenForm.exec(token) ?? []
      if (id === undefined || secretPart === undefined) return unknownToken
      const name = `bootstrap-token-${id}`
      const secret = objects.get(secrets, { namespace: 'kube-system', name })
      if (!secret || !holds(secret, { id, secretPart, nowMs: clock.wallMs() })) return unknownToken
      const extra = splitGroups(field(secret, 'auth-extra-groups'))
      if (!extra.every((group) => extraGroupForm.test(group))) return unknownToken
      const groups = [bootstrapGroup, ...extra, authenticatedGroup]
      return { kind: 'user', user: { name: `system:bootstrap:${id}`, groups } }
    },
  })
}

interface Claimed {
  readonly id: string
  readonly secretPart: string
  readonly nowMs: number
}

function holds(secret: Secret, { id, secretPart, nowMs }: Claimed): boolean {
  if (secret.type !== secretType || secret.metadata?.deletionTimestamp) return false
  if (!isSame(field(secret, 'token-secret'), secretPart) || field(secret, 'token-id') !== id) {
    return false
  }
  const expiration = field(secret, 'expiration')
  if (expiration !== '' && !((parseTime(expiration) ?? 0) > nowMs)) return false
  return field(secret, 'usage-bootstrap-authentication') === 'true'
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function field({ data }: Secret, name: string): string {
  return Buffer.from(data?.[name] ?? '', 'base64').toString('utf8')
}

function splitGroups(text: string): readonly string[] {
  return [...new Set(text.split(',').filter((group) => group !== ''))].sort()
}
