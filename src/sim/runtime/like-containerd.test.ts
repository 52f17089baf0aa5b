import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, seededRandom } from '#lib'
import type { ContainerConfig, SandboxConfig } from '#runtime'
import { createDisk } from '../host/memory-disk.ts'
import { createFabric } from '../network/create-fabric.ts'
import { createImageWorld } from './images/image-world.ts'
import { createSimRuntime } from './sim-runtime.ts'

/** What containerd and runc show and say, word by word, as clients see it in the status of pods. */

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

type Changes = Partial<Omit<ContainerConfig, 'linux'>> & {
  readonly security?: Partial<ContainerConfig['linux']['securityContext']>
}

function engine() {
  const clock = createVirtualClock()
  const runtime = createSimRuntime({
    node: 'node-1',
    nodeIps: ['172.16.0.2'],
    clock,
    disk: createDisk(clock),
    random: seededRandom('containerd'),
    fabric: createFabric(),
    images: createImageWorld({ clock }),
  })
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    work.then(settle, settle)
    await clock.until(() => isSettled, 60_000)
    return work
  }
  return { runtime, run }
}

/** A pod's first container, made and started; what there is to ask of it. */
async function started({ security: more, ...changes }: Changes) {
  const { runtime, run } = engine()
  await run(runtime.updatePodCidr('10.244.0.0/24', signal))
  const ref = await run(runtime.images.pull('ubuntu', {}, signal))
  const pod = await run(runtime.runSandbox(sandbox, signal))
  const config: ContainerConfig = {
    metadata: { name: 'main', attempt: 0 },
    image: { ref, userSpecified: 'ubuntu' },
    command: ['sleep', '60'],
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
    linux: {
      resources: {},
      securityContext: { ...security, noNewPrivileges: false, ...more },
    },
    ...changes,
  }
  const id = await run(runtime.createContainer(pod, config, sandbox, signal))
  const why = await run(runtime.startContainer(id, signal)).then(
    () => undefined,
    ({ message }) => message as string,
  )
  return {
    why,
    status: await run(runtime.containerStatus(id, signal)),
    image: await run(runtime.images.status(ref, signal)),
    exec: (...argv: readonly string[]) => run(runtime.execSync(id, argv, 0, signal)),
  }
}

test('a container shows the full name of its image, and the digest of its content', async () => {
  const { status, image } = await started({})
  assert.deepEqual(image?.repoTags, ['docker.io/library/ubuntu:latest'])
  assert.equal(status.image.userSpecified, 'docker.io/library/ubuntu:latest')
  assert.equal(status.imageRef, image?.repoDigests[0])
  assert.match(status.imageRef, /^docker\.io\/library\/ubuntu@sha256:/)
})

test("a user's own group is the first of its groups", async () => {
  const root = await started({})
  assert.deepEqual(root.status.user, { uid: 0, gid: 0, supplementalGroups: [0] })
  const groups = { runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000, 3000] }
  const other = await started({ security: groups })
  assert.deepEqual(other.status.user, { uid: 1000, gid: 3000, supplementalGroups: [3000, 4000] })
})

test('a command that is not there cannot be started, and what is looked for says where', async () => {
  const start =
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: '
  for (const [command, why] of [
    ['', 'exec: "": executable file not found in $PATH'],
    ['no-such-command', 'exec: "no-such-command": executable file not found in $PATH'],
    ['/no/such', 'exec: "/no/such": stat /no/such: no such file or directory'],
  ] as const) {
    assert.equal(
      (await started({ command: [command] })).why,
      `${start}unable to start container process: ${why}: unknown`,
    )
  }
  const relative = await started({ workingDir: 'a/b' })
  assert.equal(relative.why, `${start}Cwd must be an absolute path: unknown`)
})

test('a command that cannot be run inside says which run that was', async () => {
  const { exec } = await started({})
  const head = /^failed to exec in container: failed to start exec "([0-9a-f]{64})": /
  const errors = await Promise.all(
    [1, 2].map(() => exec('/no/such').catch(({ message }) => String(message))),
  )
  const [first, second] = errors.map(String)
  assert.equal(
    first?.replace(head, ''),
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown',
  )
  assert.notEqual(head.exec(first ?? '')?.[1], head.exec(second ?? '')?.[1])
})

test('a seccomp profile that the node does not have cannot be loaded', async () => {
  const seccomp = { kind: 'localhost', ref: '/var/lib/kubelet/seccomp/no/such.json' } as const
  await assert.rejects(started({ security: { seccomp } }), {
    message:
      'failed to create containerd container: cannot load seccomp profile "/var/lib/kubelet/seccomp/no/such.json": open /var/lib/kubelet/seccomp/no/such.json: no such file or directory',
  })
})

test('a sandbox without a network is named in the error', async () => {
  const { runtime, run } = engine()
  await assert.rejects(run(runtime.runSandbox(sandbox, signal)), {
    message: /^failed to setup network for sandbox "[0-9a-f]{64}": cni plugin not initialized$/,
  })
})
