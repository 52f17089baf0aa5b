import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, seededRandom, type VirtualClock } from '#lib'
import type { ContainerConfig, SandboxConfig } from '#runtime'
import { createDisk, type MemoryDisk } from '../host/memory-disk.ts'
import { createFabric } from '../network/create-fabric.ts'
import { createImageWorld } from './images/image-world.ts'
import type { SimRuntimeState } from './saved-runtime.ts'
import { createSimRuntime } from './sim-runtime.ts'

const image = 'docker.io/library/busybox:latest'
const { signal } = new AbortController()

const security = {
  namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
  privileged: false,
  readonlyRootfs: false,
} as const

const sandbox: SandboxConfig = {
  metadata: { name: 'pod', namespace: 'default', uid: 'uid', attempt: 0 },
  hostname: 'pod',
  logDirectory: '/logs',
  labels: {},
  annotations: {},
  linux: { cgroupParent: '/pod', securityContext: security },
}

const container = (script: string): ContainerConfig => ({
  metadata: { name: 'main', attempt: 0 },
  image: { ref: image, userSpecified: image },
  command: ['sh', '-c', script],
  args: [],
  workingDir: '',
  envs: [],
  mounts: [],
  labels: {},
  annotations: {},
  logPath: 'main.log',
  stdin: false,
  stdinOnce: false,
  tty: false,
  linux: { resources: {}, securityContext: { ...security, noNewPrivileges: false } },
})

function runtimeOn(clock: VirtualClock, disk: MemoryDisk, saved?: SimRuntimeState) {
  const node = { node: 'node-1', nodeIps: ['172.16.0.2'] }
  const world = { clock, disk, random: seededRandom('saved'), fabric: createFabric() }
  return createSimRuntime({ ...node, ...world, images: createImageWorld({ clock }) }, saved)
}

test('a line of a log that was half written when it was saved is one line', async () => {
  const clock = createVirtualClock()
  const disk = createDisk(clock)
  const before = runtimeOn(clock, disk)
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    work.then(settle, settle)
    await clock.until(() => isSettled, 60_000)
    return work
  }
  await run(before.updatePodCidr('10.244.0.0/24', signal))
  await run(before.images.pull(image, {}, signal))
  const pod = await run(before.runSandbox(sandbox, signal))
  const config = container('echo -n half; sleep 10; echo " a line"')
  await run(
    before.startContainer(await run(before.createContainer(pod, config, sandbox, signal)), signal),
  )
  await run(clock.sleep(5000))
  const state = JSON.parse(JSON.stringify(before.save())) as SimRuntimeState
  const later = createDisk(clock, JSON.parse(JSON.stringify(disk.save())))
  runtimeOn(clock, later, state)
  await run(clock.sleep(10_000))
  const log = Buffer.from(later.read('/logs/main.log') ?? []).toString()
  assert.match(log, /^\S+ stdout F half a line\n$/)
})
