import { type Pod, serviceAccounts, type TokenRequest } from '#api'
import type { Client } from '#client'
import type { Clock } from '#lib'
import type { Stored } from '#machinery'

interface Held {
  readonly token: string
  readonly renewAtMs: number
}

/** Service account tokens bound to pods, renewed in time (upstream: kubelet's token manager). */
export interface Tokens {
  get(pod: Stored<Pod>, audience: string | undefined, expirationSeconds: number): Promise<string>
  /** When the pod's next token needs renewal, on the monotonic clock. */
  nextRenewalMs(podUid: string): number | undefined
  forget(podUid: string): void
}

/** Renewed at 80 % of its life, or after a day (upstream: requiresRefresh). */
const renewalShare = 0.8
const longestLifeMs = 86_400_000

export function createTokens(client: Client, clock: Clock): Tokens {
  const held = new Map<string, Map<string, Held>>()
  return {
    async get(pod, audience, expirationSeconds) {
      const { uid } = pod.metadata
      const key = `${audience ?? ''}/${expirationSeconds}`
      const known = held.get(uid)?.get(key)
      if (known && clock.monotonicMs() < known.renewAtMs) return known.token
      const token = await request(client, pod, audience, expirationSeconds)
      const lifeMs = Math.min(expirationSeconds * 1000, longestLifeMs)
      const ofPod = held.get(uid) ?? new Map<string, Held>()
      ofPod.set(key, { token, renewAtMs: clock.monotonicMs() + lifeMs * renewalShare })
      held.set(uid, ofPod)
      return token
    },
    nextRenewalMs(podUid) {
      const times = [...(held.get(podUid)?.values() ?? [])].map(({ renewAtMs }) => renewAtMs)
      return times.length > 0 ? Math.min(...times) : undefined
    },
    forget: (podUid) => void held.delete(podUid),
  }
}

async function request(
  client: Client,
  pod: Stored<Pod>,
  audience: string | undefined,
  expirationSeconds: number,
): Promise<string> {
  const { name, namespace = '', uid } = pod.metadata
  const body: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  }
  const account = { namespace, name: pod.spec?.serviceAccountName ?? 'default' }
  const answer = await client.createSubresource(serviceAccounts, account, 'token', body)
  return answer.status?.token ?? ''
}
