import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, Informer, InformerFactory } from '#client'
import { createVirtualClock, silentLogger } from '#lib'
import { type KubeObject, keyOf, type Stored } from '#machinery'
import type { PolicyTable } from '#network'
import { keepRestricted } from './restrict-node.ts'

const policy = (name: string, generation = 1) => ({
  metadata: { namespace: 'shop', name, uid: name, generation, resourceVersion: '1' },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
})
const pod = (name: string, more: object = {}) => ({
  metadata: { namespace: 'shop', name, resourceVersion: '1', ...more },
  spec: { nodeName: 'here', containers: [] },
  status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
})

/** Informers whose caches tests fill by hand, and the network that they lead to. */
function world() {
  const clock = createVirtualClock()
  const stop = new AbortController()
  const caches = new Map<string, Map<string, Stored<KubeObject>>>()
  const handlers = new Map<string, Set<(change: Change<KubeObject>) => void>>()
  const cacheOf = (plural: string) => {
    const cache = caches.get(plural) ?? new Map<string, Stored<KubeObject>>()
    caches.set(plural, cache)
    return cache
  }
  const informers = {
    informer: ({ plural }: { readonly plural: string }) => {
      const own = handlers.get(plural) ?? new Set()
      handlers.set(plural, own)
      return {
        list: () => [...cacheOf(plural).values()],
        get: (key: string) => cacheOf(plural).get(key),
        whenSynced: async () => undefined,
        subscribe: (handler: (change: Change<KubeObject>) => void) => {
          for (const after of cacheOf(plural).values()) handler({ after })
          own.add(handler)
          return { [Symbol.dispose]: () => void own.delete(handler) }
        },
      } satisfies Partial<Informer<KubeObject>>
    },
  }
  const set = (plural: string, object: KubeObject, isThere = true) => {
    // Cast: it has what a stored object needs here.
    const stored = object as Stored<KubeObject>
    const cache = cacheOf(plural)
    const before = cache.get(keyOf(stored))
    if (isThere) cache.set(keyOf(stored), stored)
    else cache.delete(keyOf(stored))
    for (const handler of handlers.get(plural) ?? []) {
      if (isThere) handler(before ? { before, after: stored } : { after: stored })
      else if (before) handler({ before })
    }
  }
  const calls: string[] = []
  let failures = 0
  const restrict = async ({ pods }: PolicyTable) => {
    const names = [...pods].map(([ip, { ingress }]) => `${ip} ${ingress?.join()}`)
    calls.push(`${clock.monotonicMs()}: ${names.join()}`)
    if (failures-- > 0) throw new Error('refused')
  }
  const done = keepRestricted(
    {
      nodeName: 'here',
      // Cast: no other part of them is used.
      informers: informers as unknown as InformerFactory,
      network: { restrict, dns: { domain: 'cluster.local', addresses: [] } },
      clock,
      log: silentLogger,
    },
    stop.signal,
  )
  return {
    clock,
    calls,
    set,
    watched: () => [...handlers.keys()],
    failTimes: (times: number) => {
      failures = times
    },
    stop: async () => {
      stop.abort(new Error('stopped'))
      await done
    },
  }
}

test('without a policy neither pods nor namespaces are read, and no timer waits', async () => {
  const { clock, calls, watched, stop } = world()
  await clock.advance(100_000)
  assert.deepEqual(watched(), ['networkpolicies'])
  assert.deepEqual(calls, ['0: '])
  assert.equal(clock.pendingTimers, 0)
  await stop()
})

test('the first policy has pods read, and counts at once; what follows is collected', async () => {
  const { clock, calls, set, watched, stop } = world()
  await clock.advance(5000)
  set('pods', pod('a'))
  set('networkpolicies', policy('p'))
  await clock.advance(100)
  assert.deepEqual(watched().sort(), ['namespaces', 'networkpolicies', 'nodes', 'pods'])
  for (const name of ['q', 'r']) set('networkpolicies', policy(name))
  await clock.advance(5000)
  assert.deepEqual(calls.slice(1), ['5000: 10.0.0.1 shop/p', '6000: 10.0.0.1 shop/p,shop/q,shop/r'])
  await stop()
  assert.equal(clock.pendingTimers, 0)
})

test('a pod that is written without a difference to policies is no change, another label is one', async () => {
  const { clock, calls, set, stop } = world()
  set('pods', pod('a'))
  set('networkpolicies', policy('p'))
  await clock.advance(2000)
  const before = calls.length
  set('pods', pod('a', { resourceVersion: '2', annotations: { a: 'b' } }))
  await clock.advance(5000)
  assert.equal(calls.length, before)
  set('pods', pod('a', { labels: { a: 'b' } }))
  await clock.advance(5000)
  assert.equal(calls.length, before + 1)
  await stop()
})

test('a failure is tried again, and all is said again every 30 seconds', async () => {
  const { clock, calls, set, failTimes, stop } = world()
  set('pods', pod('a'))
  failTimes(2)
  set('networkpolicies', policy('p'))
  await clock.advance(70_000)
  const times = calls.filter((line) => line.includes('shop/p')).map((line) => line.split(':')[0])
  assert.deepEqual(times, ['0', '1000', '2000', '32000', '62000'])
  set('networkpolicies', policy('p'), false)
  await clock.advance(1000)
  assert.match(calls.at(-1) ?? '', /: $/)
  await stop()
})
