import type { Clock, Logger, Random } from '#lib'
import { messageOf } from '#lib'
import {
  formatMicroTime,
  type KubeObject,
  type ObjectKey,
  type ObjectMeta,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { isConflict, isNotFound } from '#machinery/status'
import type { Client } from './contract/client.ts'

interface Lease extends KubeObject {
  readonly metadata: ObjectMeta
  readonly spec?: LeaseSpec
}

interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

const leases: ResourceRef<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
}

/**
 * What a candidate elects with: its lease, its identity and the times of upstream's LeaderElector.
 */
export interface LeaderElectionOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly lease: ObjectKey & { readonly namespace: string }
  readonly identity: string
  /** kube-controller-manager's defaults: 15 s, 10 s, 2 s. */
  readonly leaseDurationMs?: number
  readonly renewDeadlineMs?: number
  readonly retryPeriodMs?: number
  /** Runs while this process leads; its signal aborts as soon as the lease may be lost. */
  readonly lead: (signal: AbortSignal) => Promise<void>
}

interface Observed {
  readonly record: string
  readonly atMs: number
}

/**
 * Leads whenever the Lease can be had, until `signal` aborts. As in client-go the holder is judged
 * by how long its record has stood unchanged on *this* clock, so clocks need not agree.
 */
export async function electLeader(
  options: LeaderElectionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, retryPeriodMs = 2000 } = options
  const attempt = createAttempt(options)
  while (!signal.aborted) {
    if (await attempt()) await leadUntilLost(options, attempt, signal)
    await clock.sleep(retryPeriodMs * (1 + 1.2 * random.next()), signal).catch(() => undefined)
  }
}

async function leadUntilLost(
  options: LeaderElectionOptions,
  attempt: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, lead, renewDeadlineMs = 10_000, retryPeriodMs = 2000 } = options
  const lost = new AbortController()
  const leading = lead(AbortSignal.any([signal, lost.signal]))
  let renewedMs = clock.monotonicMs()
  while (!signal.aborted && clock.monotonicMs() - renewedMs < renewDeadlineMs) {
    await clock.sleep(retryPeriodMs, signal).catch(() => undefined)
    if (!signal.aborted && (await attempt())) renewedMs = clock.monotonicMs()
  }
  if (!signal.aborted) log.error('lost the leader lease', { lease: options.lease.name })
  lost.abort(new Error('leader lease lost'))
  await leading
}

function createAttempt(options: LeaderElectionOptions): () => Promise<boolean> {
  const { client, clock, log, lease, identity, leaseDurationMs = 15_000 } = options
  let observed: Observed | undefined

  const isHeldByOther = (current: Stored<Lease>) => {
    const record = JSON.stringify(current.spec ?? {})
    if (observed?.record !== record) observed = { record, atMs: clock.monotonicMs() }
    const holder = current.spec?.holderIdentity
    if (!holder || holder === identity) return false
    return clock.monotonicMs() - observed.atMs < leaseDurationMs
  }
  const specFrom = (current: LeaseSpec | undefined): LeaseSpec => {
    const now = formatMicroTime(clock.wallMs())
    const mine = current?.holderIdentity === identity
    const transitions = current?.leaseTransitions ?? 0
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseDurationMs / 1000,
      acquireTime: mine ? (current?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: mine || !current ? transitions : transitions + 1,
    }
  }

  return async () => {
    try {
      const current = await client.get(leases, lease)
      if (isHeldByOther(current)) return false
      await client.update(leases, { ...current, spec: specFrom(current.spec) })
      return true
    } catch (error) {
      if (isNotFound(error)) return createLease(options, specFrom(undefined))
      if (!isConflict(error)) log.warn('cannot renew the leader lease', { error: messageOf(error) })
      return false
    }
  }
}

async function createLease(options: LeaderElectionOptions, spec: LeaseSpec): Promise<boolean> {
  try {
    await options.client.create(leases, { metadata: { ...options.lease }, spec })
    return true
  } catch (error) {
    options.log.warn('cannot create the leader lease', { error: messageOf(error) })
    return false
  }
}
