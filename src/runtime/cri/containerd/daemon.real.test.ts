import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { get } from 'node:http'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '#lib'
import { createTestWorld, type TestWorld } from '../../../../test/images/containerd-world.ts'
import type { ContainerConfig } from '../../model/container.ts'
import type { Runtime } from '../../model/runtime.ts'
import type { PortMapping, SandboxConfig } from '../../model/sandbox.ts'
import { containerdLayout } from './layout/layout.ts'
import { processes } from './leftovers.ts'
import { containerdLeftovers, startContainerd, stopContainerd } from './private-containerd.ts'

const security = {
  namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
  privileged: false,
  readonlyRootfs: false,
} as const

describe('a containerd of our own', { concurrency: false }, () => {
  let world: TestWorld
  before(async () => {
    world = await createTestWorld({ bridge: 'knarrdaemon0', podCidr: '10.214.0.0/24' })
  })
  after(async () => {
    await world[Symbol.asyncDispose]()
  })

  function sandbox(name: string, portMappings: readonly PortMapping[] = []): SandboxConfig {
    const { dataDir } = world.options
    return {
      metadata: { name, namespace: 'daemon', uid: `uid-${name}`, attempt: 0 },
      hostname: name,
      logDirectory: `${dataDir}/logs/${name}`,
      portMappings,
      labels: {},
      annotations: {},
      linux: { cgroupParent: `${world.cgroupRoot}/${name}`, securityContext: security },
    }
  }

  async function run(
    runtime: Runtime,
    config: SandboxConfig,
    image: string,
    environment: Readonly<Record<string, string>> = {},
  ) {
    const { signal } = world
    await runtime.images.pull(image, {}, signal)
    const sandboxId = await runtime.runSandbox(config, signal)
    const envs = Object.entries(environment).map(([name, value]) => ({ name, value }))
    const containerId = await runtime.createContainer(
      sandboxId,
      container(image, envs),
      config,
      signal,
    )
    await runtime.startContainer(containerId, signal)
    const { ips } = await runtime.sandboxStatus(sandboxId, signal)
    return { sandboxId, containerId, address: ips[0]! }
  }

  it('outlives its daemon: containers go on, and the same connection answers again', async () => {
    const { options, signal } = world
    const first = await startContainerd(options, signal)
    assert.equal(first.adopted, false)
    await using runtime = first.connect()
    const { containerId } = await run(runtime, sandbox('survivor'), webImage)
    const before = await runtime.containerStatus(containerId, signal)
    process.kill(first.pid, 'SIGKILL')
    await first.gone(signal)
    await assert.rejects(runtime.version(signal), { code: 'unavailable' })
    const second = await startContainerd(options, signal)
    assert.equal(second.adopted, false)
    await until(async () => (await runtime.version(signal).catch(() => undefined)) !== undefined)
    const after = await runtime.containerStatus(containerId, signal)
    assert.deepEqual([after.state, after.startedAtMs], ['running', before.startedAtMs])
    assert.equal((await runtime.execSync(containerId, ['true'], 10_000, signal)).exitCode, 0)
    const third = await startContainerd(options, signal)
    assert.deepEqual([third.adopted, third.pid], [true, second.pid])
    await stopContainerd(options, signal)
    assert.deepEqual(containerdLeftovers(options), [])
  })

  it('restarts for a changed configuration without touching containers', async () => {
    const { options, signal } = world
    const first = await startContainerd(options, signal)
    await using runtime = first.connect()
    const { containerId } = await run(runtime, sandbox('kept'), webImage)
    const second = await startContainerd({ ...options, streamAddress: '127.0.0.2' }, signal)
    assert.notEqual(second.pid, first.pid)
    await using again = second.connect()
    assert.equal((await again.containerStatus(containerId, signal)).state, 'running')
    await stopContainerd(options, signal)
    assert.deepEqual(containerdLeftovers(options), [])
  })

  it('leaves nothing even when the daemon and its shims were killed', async () => {
    const { options, signal } = world
    const daemon = await startContainerd(options, signal)
    {
      await using runtime = daemon.connect()
      const port = { protocol: 'TCP', containerPort: 8080, hostPort: 18080, hostIp: '' } as const
      await run(runtime, sandbox('orphan', [port]), webImage)
    }
    const layout = containerdLayout(options.dataDir)
    process.kill(daemon.pid, 'SIGKILL')
    await daemon.gone(signal)
    for (const { pid, command } of processes(layout)) {
      if (command.includes('containerd-shim')) process.kill(pid, 'SIGKILL')
    }
    const kinds = new Set(containerdLeftovers(options).map(({ kind }) => kind))
    for (const kind of ['process', 'mount', 'link', 'address', 'natRule', 'file'] as const) {
      assert.ok(kinds.has(kind), `the test left a ${kind}`)
    }
    await stopContainerd(options, signal)
    assert.deepEqual(containerdLeftovers(options), [])
    const rules = execFileSync('iptables-save', ['-t', 'nat'], { encoding: 'utf8' })
    assert.doesNotMatch(rules, /CNI-/)
  })

  it('maps a port of the node, and lets requests in flight end when the pod drains', async () => {
    const { options, signal } = world
    const daemon = await startContainerd(options, signal)
    await using runtime = daemon.connect()
    const port = { protocol: 'TCP', containerPort: 8080, hostPort: 18081, hostIp: '' } as const
    const drain = { DRAIN_MS: '500', EXIT_CODE: '9' }
    const pod = await run(runtime, sandbox('drain', [port]), webImage, drain)
    const base = `http://${pod.address}:8080`
    await until(async () => (await fetch(`${base}/heartbeat`).catch(() => undefined))?.ok === true)
    const slow = fetch(`${base}/slow?ms=1500`)
    await systemClock.sleep(200)
    const stopping = runtime.stopContainer(pod.containerId, 20_000, signal)
    await systemClock.sleep(200)
    assert.equal(await (await fetch(base)).text(), 'drain\n', 'accepts while it drains')
    assert.equal(await (await slow).text(), 'slow\n')
    await stopping
    const status = await runtime.containerStatus(pod.containerId, signal)
    assert.deepEqual([status.exitCode, status.reason], [9, 'Error'])
    await stopContainerd(options, signal)
  })

  it('gives pods the same port of the node by its addresses and protocols', async () => {
    const { options, signal } = world
    const daemon = await startContainerd(options, signal)
    await using runtime = daemon.connect()
    const nodeIp = addressOfMachine()
    const at = (protocol: PortMapping['protocol'], hostIp: string): PortMapping[] => [
      { protocol, containerPort: 8080, hostPort: 18082, hostIp },
    ]
    await run(runtime, sandbox('local', at('TCP', '127.0.0.1')), webImage)
    await run(runtime, sandbox('node', at('TCP', nodeIp)), webImage)
    const datagrams = sandbox('datagrams', at('UDP', nodeIp))
    await run(runtime, datagrams, webImage, { UDP_PORT: '8080', PORT: '8008' })
    const asked = async (host: string) => {
      let text = ''
      await until(async () => {
        text = (await askFrom(nodeIp, host, 18082).catch(() => '')).trim()
        return text !== ''
      })
      return text
    }
    assert.equal(await asked('127.0.0.1'), 'local')
    assert.equal(await asked(nodeIp), 'node')
    assert.equal((await datagramAnswer(nodeIp, 18082)).trim(), 'datagrams')
    await stopContainerd(options, signal)
    assert.deepEqual(containerdLeftovers(options), [])
  })

  it("runs the examples' images: nginx drains on its own stop signal, ubuntu has bash", async () => {
    const { options, signal } = world
    const daemon = await startContainerd(options, signal)
    await using runtime = daemon.connect()
    const nginx = await run(runtime, sandbox('nginx'), 'docker.io/library/nginx:latest')
    const url = `http://${nginx.address}/`
    await until(async () => (await fetch(url).catch(() => undefined))?.ok === true)
    await runtime.stopContainer(nginx.containerId, 20_000, signal)
    assert.equal((await runtime.containerStatus(nginx.containerId, signal)).exitCode, 0)
    const config = sandbox('ubuntu')
    const image = 'docker.io/library/ubuntu:latest'
    await runtime.images.pull(image, {}, signal)
    const sandboxId = await runtime.runSandbox(config, signal)
    const command = ['/bin/bash', '-c', '--']
    const args = ['while true; do sleep 30; done;']
    const bash = { ...container(image, []), command, args }
    const id = await runtime.createContainer(sandboxId, bash, config, signal)
    await runtime.startContainer(id, signal)
    const tools = 'ls / >/dev/null && ps && tar --version >/dev/null && echo ok'
    const { stdout } = await runtime.execSync(id, ['bash', '-c', tools], 10_000, signal)
    assert.match(Buffer.from(stdout).toString(), /ok\n$/)
    await stopContainerd(options, signal)
    assert.deepEqual(containerdLeftovers(options), [])
  })

  it('tells of memory that ran out', async () => {
    const { options, signal } = world
    const daemon = await startContainerd(options, signal)
    await using runtime = daemon.connect()
    const config = sandbox('hungry')
    await runtime.images.pull(webImage, {}, signal)
    const sandboxId = await runtime.runSandbox(config, signal)
    const base = container(webImage, [])
    const resources = { memoryLimitBytes: 32 * 1024 * 1024 }
    const hungry = { ...base, linux: { ...base.linux, resources } }
    const id = await runtime.createContainer(sandboxId, hungry, config, signal)
    await runtime.startContainer(id, signal)
    const { ips } = await runtime.sandboxStatus(sandboxId, signal)
    await until(async () => {
      await fetch(`http://${ips[0]}:8080/memory?mb=64`).catch(() => undefined)
      return (await runtime.containerStatus(id, signal)).state === 'exited'
    })
    const status = await runtime.containerStatus(id, signal)
    assert.deepEqual([status.exitCode, status.reason], [137, 'OOMKilled'])
    await stopContainerd(options, signal)
  })
})

/** An address of this machine that is not its loopback. */
function addressOfMachine(): string {
  const all = Object.entries(networkInterfaces()).filter(([name]) => !name.startsWith('knarr'))
  const found = all.flatMap(([, each = []]) => each).find((each) => isReachable(each))
  return found?.address ?? assert.fail('the machine has no address')
}

function isReachable({ family, internal }: NetworkInterfaceInfo): boolean {
  return family === 'IPv4' && !internal
}

/** Asks from an address of the node, as the conformance specs do: from loopback to loopback is another path. */
function askFrom(localAddress: string, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get({ host, port, localAddress, agent: false, timeout: 1000 }, async (answer) => {
      resolve(Buffer.concat(await Array.fromAsync(answer)).toString())
    })
    asked.on('error', reject)
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
  })
}

async function datagramAnswer(host: string, port: number): Promise<string> {
  const socket = createSocket('udp4')
  let text = ''
  socket.on('message', (message) => {
    text += message.toString()
  })
  await until(async () => {
    socket.send('hostname\n', port, host)
    await systemClock.sleep(100)
    return text.includes('\n')
  })
  socket.close()
  return text.split('\n')[0] ?? ''
}

const webImage = 'docker.io/knarr-test/web:1'

function container(
  image: string,
  envs: readonly { readonly name: string; readonly value: string }[],
): ContainerConfig {
  return {
    metadata: { name: 'main', attempt: 0 },
    image: { ref: image, userSpecified: image },
    command: [],
    args: [],
    workingDir: '',
    envs,
    mounts: [],
    labels: {},
    annotations: {},
    logPath: 'main.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: { resources: {}, securityContext: { ...security, noNewPrivileges: false } },
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 20_000
  while (!(await holds())) {
    if (systemClock.monotonicMs() > deadlineMs) assert.fail('not in time')
    await systemClock.sleep(50)
  }
}
