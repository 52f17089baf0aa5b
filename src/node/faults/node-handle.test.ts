import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import type { ApiRequest, ApiResponse } from '#machinery'
import { type FaultState, noFaults } from './fault-state.ts'
import { createNodeHandle } from './node-handle.ts'

/** What a node's run is handed. */
type KubeletPorts = Parameters<Parameters<typeof createNodeHandle>[0]['run']>[0]

const heartbeat: ApiRequest = {
  method: 'PUT',
  path: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1',
  query: new URLSearchParams(),
  headers: {},
}
const ok: ApiResponse = { status: 200, headers: {}, body: { kind: 'none' } }

/** A node whose kubelet does nothing but a heartbeat every ten seconds. */
function world() {
  const clock = createVirtualClock()
  const beatsMs: number[] = []
  const story: string[] = []
  const server = {
    async send() {
      beatsMs.push(clock.monotonicMs())
      return ok
    },
  }
  const beat = async ({ clock: own, link }: KubeletPorts, signal: AbortSignal) => {
    story.push('kubelet starts')
    const transport = link.over(server)
    while (!signal.aborted) {
      await transport.send(heartbeat, signal).catch(() => undefined)
      await own.sleep(10_000, signal).catch(() => undefined)
    }
    story.push('kubelet ends')
  }
  const node = createNodeHandle({
    name: 'n1',
    clock,
    run: beat,
    machine: {
      supports: ['crashed'],
      become: async ({ engineDown }) => void (engineDown && story.push('engine down')),
      crash: async () => void story.push('crash'),
      boot: async () => void story.push('boot'),
      harm: () => false,
    },
  })
  const stop = new AbortController()
  const running = node.run(stop.signal)
  const become = async (parts: Partial<FaultState>) => {
    const done = node.become({ ...noFaults, ...parts })
    await clock.settle()
    await done
  }
  return { clock, node, beatsMs, story, become, stop, running }
}

test('a node beats, and stops when it is told to', async () => {
  const { clock, beatsMs, stop, running, story } = world()
  await clock.advance(25_000)
  assert.deepEqual(beatsMs, [0, 10_000, 20_000])
  stop.abort()
  await running
  assert.deepEqual(story, ['kubelet starts', 'kubelet ends'])
})

test('a hung kubelet does nothing, and goes on where it stood', async () => {
  const { clock, beatsMs, become, story } = world()
  await clock.advance(5_000)
  await become({ hung: true })
  await clock.advance(60_000)
  assert.deepEqual(beatsMs, [0])
  await become({})
  await clock.advance(1_000)
  assert.deepEqual(beatsMs, [0, 65_000])
  assert.deepEqual(story, ['kubelet starts'])
})

test('a crash ends the kubelet, a restart makes the machine ready and starts another', async () => {
  const { clock, beatsMs, become, story } = world()
  await clock.advance(5_000)
  await become({ crashed: true })
  await become({ crashed: true })
  await clock.advance(60_000)
  assert.deepEqual(beatsMs, [0])
  await become({})
  await clock.advance(1_000)
  assert.deepEqual(beatsMs, [0, 65_000])
  assert.deepEqual(story, ['kubelet starts', 'crash', 'kubelet ends', 'boot', 'kubelet starts'])
})

test('a node that crashes while it hangs says nothing from before the crash', async () => {
  const { clock, beatsMs, become, story } = world()
  await clock.advance(5_000)
  await become({ hung: true })
  await clock.advance(10_000)
  await become({ hung: true, crashed: true })
  await become({})
  await clock.advance(1_000)
  assert.deepEqual(beatsMs, [0, 15_000])
  assert.deepEqual(story.slice(1), ['crash', 'kubelet ends', 'boot', 'kubelet starts'])
})

test('a partition loses heartbeats until it heals, and the kubelet never stops', async () => {
  const { clock, beatsMs, become, story } = world()
  await clock.advance(5_000)
  await become({ partition: 'Both' })
  await clock.advance(60_000)
  assert.deepEqual(beatsMs, [0])
  await become({})
  await clock.advance(20_000)
  assert.deepEqual(beatsMs, [0, 70_000, 80_000])
  assert.deepEqual(story, ['kubelet starts'])
})

test('what the machine has to do itself it is told, and it says what it can', async () => {
  const { become, story, node } = world()
  await become({ engineDown: true })
  assert.deepEqual(story, ['kubelet starts', 'engine down'])
  assert.deepEqual([...node.supports], ['hung', 'partition', 'watchDelayMs', 'crashed'])
})

test('a kubelet that breaks by itself breaks the node', async () => {
  const node = createNodeHandle({
    name: 'n1',
    clock: createVirtualClock(),
    run: () => Promise.reject(new Error('no root')),
    machine: {
      supports: [],
      become: async () => undefined,
      crash: async () => undefined,
      boot: async () => undefined,
      harm: () => false,
    },
  })
  await assert.rejects(node.run(new AbortController().signal), /no root/)
})
