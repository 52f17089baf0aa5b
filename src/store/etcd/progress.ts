import type { Key } from '../contract/store.ts'
import type { EtcdConnection, WatchCall } from './connection.ts'
import { type Keys, sentinelOf } from './keys.ts'

/** Makes watches say how far they have come. */
export interface ProgressRequests {
  /** Asks a watch that has been created; the answer comes among its events. */
  ask(watch: { readonly prefix: Key; readonly call: WatchCall }): Promise<void>
}

/**
 * Progress by etcd's own notifications where they can be believed. Before 3.4.25 and 3.5.8 they overtake
 * events that the watch has not delivered yet (etcd issue 15220, for which Kubernetes does not ask such
 * versions either): there a key of ours is written below the watched prefix, whose event comes in order.
 */
export function createProgressRequests(
  connection: Pick<EtcdConnection, 'read' | 'write'>,
  keys: Keys,
): ProgressRequests {
  let reliable: Promise<boolean> | undefined
  const isReliable = async () => {
    try {
      return ordersProgress((await connection.read('Status', {})).version)
    } catch (error) {
      reliable = undefined
      throw error
    }
  }
  return {
    async ask({ prefix, call }) {
      reliable ??= isReliable()
      if (await reliable) {
        call.write({ progress: {} })
        return
      }
      const put = { key: keys.encode(sentinelOf(prefix)), value: new Uint8Array(), lease: 0 }
      const success = [{ put: { ...put, prevKv: false } }]
      await connection.write('Txn', { compare: [], success, failure: [] })
    },
  }
}

/** Whether a version of etcd, such as `3.5.16`, orders its progress behind the events before it. */
function ordersProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version
    .split('.')
    .map((part) => Number.parseInt(part, 10))
  if (major !== 3) return major > 3
  if (minor === 4) return patch >= 25
  if (minor === 5) return patch >= 8
  return minor > 5
}
