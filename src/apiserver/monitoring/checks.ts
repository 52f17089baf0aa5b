import type { Clock } from '#lib'
import type { Store } from '#store'
import type { Caches } from '../cache/caches.ts'
import type { HealthCheck } from './health.ts'

/** How long the store may take (upstream: `--etcd-healthcheck-timeout`). */
const storePatienceMs = 2_000

/** What is well in an API server that answers at all, under upstream's names. */
export function serverChecks({
  store,
  clock,
  caches,
}: {
  readonly store: Pick<Store, 'currentRevision'>
  readonly clock: Clock
  readonly caches: Pick<Caches, 'isFollowing'>
}): readonly HealthCheck[] {
  const storeAnswers = async () => {
    const newest = await withinPatience(store, clock)
    return newest === undefined
      ? 'error getting data from etcd: context deadline exceeded'
      : undefined
  }
  return [
    { name: 'ping', check: () => undefined },
    { name: 'etcd', group: 'etcd', check: storeAnswers },
    {
      name: 'etcd-readiness',
      group: 'etcd-readiness',
      isOfReadiness: true,
      check: storeAnswers,
    },
    {
      name: 'informer-sync',
      isOfReadiness: true,
      check: () => (caches.isFollowing ? undefined : 'the caches do not follow the store'),
    },
  ]
}

/** The newest revision of the store; undefined where it does not answer in time. */
async function withinPatience(
  store: Pick<Store, 'currentRevision'>,
  clock: Clock,
): Promise<number | undefined> {
  const late = Promise.withResolvers<undefined>()
  using _ = clock.timer(storePatienceMs, () => late.resolve(undefined))
  return await Promise.race([store.currentRevision(), late.promise])
}
