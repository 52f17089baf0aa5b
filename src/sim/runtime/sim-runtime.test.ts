import { createVirtualClock, seededRandom } from '#lib'
import { runtimeConformance } from '#runtime/conformance'
import { createDisk } from '../host/memory-disk.ts'
import { createFabric } from '../network/create-fabric.ts'
import { createSimNetwork } from '../network/sim-network.ts'
import { createImageWorld } from './images/image-world.ts'
import { createSimRuntime } from './sim-runtime.ts'

runtimeConformance('simulated', async () => {
  const clock = createVirtualClock()
  const disk = createDisk(clock)
  const place = { node: 'node-1', nodeIps: ['172.16.0.2'], clock, fabric: createFabric() }
  const dns = { domain: 'cluster.local', addresses: [] }
  const network = createSimNetwork({ ...place, random: seededRandom('network'), dns })
  const runtime = createSimRuntime({
    ...place,
    random: seededRandom('runtime'),
    disk,
    clientFrom: network.clientFrom,
    images: createImageWorld({ clock }),
  })
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    work.then(settle, settle)
    await clock.until(() => isSettled, 600_000)
    return work
  }
  await run(runtime.updatePodCidr('10.244.0.0/24', new AbortController().signal))
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()
  return {
    runtime,
    clock,
    lacks: new Set<never>(),
    image: 'docker.io/library/busybox:latest',
    spareImage: 'docker.io/library/spare:latest',
    missingImage: 'docker.io/library/no-such-image:latest',
    cgroupRoot: '/kubepods',
    logDirectory: async (pod) => `/var/log/pods/${pod}`,
    readLog: async (path) => text(disk.read(path)),
    renameLog: async (from, to) => {
      const node = disk.locate(from, false)?.node
      if (!node) throw new Error(`no log ${from}`)
      disk.unlink(from)
      disk.place(to, node)
    },
    run,
    [Symbol.asyncDispose]: async () => {
      await clock.settle()
    },
  }
})
