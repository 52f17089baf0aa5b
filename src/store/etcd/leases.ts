import { type Clock, type Random, randomInt } from '#lib'

/** The lease to attach to a key, by the time at which it shall expire. */
export interface Leases {
  at(expiresAtMs: number): Promise<number>
}

/**
 * Keys that expire in the same minute (or, when that is near, in the same second) share a lease, as
 * the API server's do: a lease costs etcd more than a key. Times are rounded up.
 */
export function createLeases(
  clock: Clock,
  random: Random,
  grant: (id: number, ttlSeconds: number) => Promise<unknown>,
): Leases {
  const granted = new Map<number, Promise<number>>()
  const forgetPast = (nowMs: number) => {
    for (const atMs of granted.keys()) if (atMs <= nowMs) granted.delete(atMs)
  }
  const obtain = async (atMs: number, nowMs: number) => {
    // Chosen here, because the ids that etcd chooses do not fit a double.
    const id = 1 + randomInt(random, 2 ** 52)
    await grant(id, Math.max(1, Math.ceil((atMs - nowMs) / 1000)))
    return id
  }
  return {
    at(expiresAtMs) {
      const nowMs = clock.wallMs()
      const stepMs = expiresAtMs - nowMs > 600_000 ? 60_000 : 1000
      const atMs = Math.ceil(expiresAtMs / stepMs) * stepMs
      forgetPast(nowMs)
      const lease = granted.get(atMs) ?? obtain(atMs, nowMs)
      granted.set(atMs, lease)
      lease.catch(() => granted.delete(atMs))
      return lease
    },
  }
}
