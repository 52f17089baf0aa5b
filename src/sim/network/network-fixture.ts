import { createVirtualClock, seededRandom } from '#lib'
import { ConnectionReset, type Listener, type NetworkResponse } from '../model/fabric.ts'
import { createFabric } from './create-fabric.ts'
import { createSimNetwork, type SimNetworkOptions } from './sim-network.ts'

/** Two nodes on a fabric, and servers to put on them; for tests of this room. */
export function createTestWorld(options: Partial<SimNetworkOptions> = {}) {
  const clock = createVirtualClock()
  const fabric = createFabric()
  const network = (node: string, nodeIp: string) =>
    createSimNetwork({
      node,
      nodeIps: [nodeIp],
      fabric,
      clock,
      random: seededRandom(node),
      dns: { domain: 'cluster.local', addresses: ['10.96.0.10'] },
      ...options,
    })
  const near = network('near', nodeIps.near)
  const far = network('far', nodeIps.far)
  return {
    clock,
    fabric,
    near,
    far,
    /** A pod that listens on 8080; its address stays taken until it is disposed. */
    pod: (node: 'near' | 'far', ip: string, listener: () => Listener | undefined) =>
      fabric.attach(ip, {
        node,
        podUid: `uid-${ip}`,
        listener: (port) => (port === 8080 ? listener() : undefined),
      }),
    /** Moves time until the work is done. */
    settle: async <T>(work: Promise<T>): Promise<T> => {
      let isDone = false
      const done = () => {
        isDone = true
      }
      work.then(done, done)
      await clock.until(() => isDone, 3_600_000)
      return work
    },
  }
}

export const nodeIps = { near: '192.168.0.1', far: '192.168.0.2' } as const

/** Answers every request with its name and who asked. */
export function namedListener(name: string): Listener {
  return {
    owner: name,
    answer: async ({ fromIp }) => textResponse(200, `${name} ${fromIp}`),
  }
}

/** Accepts and says nothing until it is `kill`ed or given up on. */
export function silentListener(killed?: AbortSignal): Listener {
  return {
    owner: 'silent',
    answer: (_request, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        killed?.addEventListener('abort', () => reject(new ConnectionReset()), { once: true })
      }),
  }
}

export function textResponse(
  status: number,
  text: string,
  headers: NetworkResponse['headers'] = [],
): NetworkResponse {
  return { status, headers, body: Buffer.from(text) }
}
