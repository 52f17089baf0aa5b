import type { Clock, MetricRegistry } from '#lib'
import type { Guard, Store, Write } from '#store'
import { resourceOfKey } from '../cache/keys.ts'

const durations = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]

/** A store whose reads and commits are timed, by what they do and to which kind. */
export function measuredStore(store: Store, registry: MetricRegistry, clock: Clock): Store {
  const times = registry.histogram({
    name: 'etcd_request_duration_seconds',
    help: 'How long the store took, in seconds, whichever store it is.',
    stability: 'ALPHA',
    labels: ['operation', 'group', 'resource'],
    buckets: durations,
  })
  // The very promise of the store is given on: whoever waits for it comes no turn later.
  const timed = <T>(operation: string, key: string, work: Promise<T>): Promise<T> => {
    const startMs = clock.monotonicMs()
    const done = () => {
      const { group, resource } = resourceOfKey(key)
      times(operation, group, resource).observe((clock.monotonicMs() - startMs) / 1000)
    }
    work.then(done, done)
    return work
  }
  return {
    ...store,
    range: (query) => timed('list', query.prefix, store.range(query)),
    get: (key, at) => timed('get', key, store.get(key, at)),
    commit(guards, writes) {
      const [first] = writes
      const work = store.commit(guards, writes)
      return first ? timed(operationOf(first, guards), first.key, work) : work
    },
  }
}

function operationOf(write: Write, guards: readonly Guard[]): 'create' | 'update' | 'delete' {
  if (write.kind === 'delete') return 'delete'
  const isNew = guards.some(({ key, modified }) => key === write.key && modified === 'absent')
  return isNew ? 'create' : 'update'
}
