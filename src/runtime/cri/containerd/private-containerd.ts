import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KnarrError, type Logger } from '#lib'
import type { Runtime } from '../../model/runtime.ts'
import { createCriRuntime } from '../client/cri-runtime.ts'
import { builtInSandboxImage, importArchive, sandboxImageArchive } from './archive/sandbox-image.ts'
import { removeTraces } from './clean.ts'
import { cniConflist } from './cni.ts'
import { containerdConfig } from './config.ts'
import { daemonFailed, endDaemon, runningDaemon, spawnDaemon } from './daemon.ts'
import { type ContainerdBinaries, findBinaries } from './layout/binaries.ts'
import { type ContainerdLayout, containerdLayout } from './layout/layout.ts'
import { isProcessAlive, type ProcessIdentity } from './layout/process-identity.ts'
import { type Leftover, leftovers, type Traces } from './leftovers.ts'
import { type MachineAbilities, probeMachine } from './machine.ts'
import { createNativeExec } from './native/native-exec.ts'
import { openNativeStdin } from './native/native-stdin.ts'
import type { ContainerdOptions } from './options.ts'
import { registryHosts } from './registry-hosts.ts'

/** A containerd of our own, running. It and its containers outlive this process. */
export interface PrivateContainerd {
  /** `unix://…`: also for `crictl` and `ctr`. */
  readonly endpoint: string
  readonly pid: number
  /** Whether it was running already, with whatever containers it has. */
  readonly adopted: boolean
  /** A connection to it; the caller disposes. */
  connect(): Runtime
  /** Resolves when the daemon is gone; start it again then. Containers go on meanwhile. */
  gone(signal: AbortSignal): Promise<void>
}

/** How long a start may take on a slow machine. */
const startLimitMs = 30_000

/**
 * Starts containerd below the data directory, or adopts the one that runs there: a changed
 * configuration restarts the daemon, not its containers. Resolves when it answers and has a network
 * and the sandbox image. Rejects with a KnarrError that says what is missing.
 */
export async function startContainerd(
  options: ContainerdOptions,
  signal: AbortSignal,
): Promise<PrivateContainerd> {
  requireRoot()
  const binaries = findBinaries()
  const layout = containerdLayout(options.dataDir)
  mkdirSync(layout.root, { recursive: true, mode: 0o711 })
  const machine = probeMachine(layout.root)
  const isSame = writeConfiguration(options, { layout, binaries, machine })
  const running = runningDaemon(layout)
  if (running && !isSame) await endDaemon(running, options.clock, signal)
  const adopted = running !== undefined && isSame
  const identity = adopted ? running : spawnDaemon(layout, binaries, options.netns)
  await ready(options, layout, identity, signal)
  await ensureSandboxImage(options, { layout, binaries, machine }, signal)
  options.log.info(adopted ? 'containerd adopted' : 'containerd started', { pid: identity.pid })
  return {
    endpoint: `unix://${layout.socket}`,
    pid: identity.pid,
    adopted,
    connect: () => connectTo(options, layout, binaries),
    gone: (until) => gone(options, identity, until),
  }
}

/**
 * Stops every container of the data directory's containerd, the daemon, and removes its network:
 * nothing but images and logs stays. Works too when the daemon has died before.
 */
export async function stopContainerd(
  options: ContainerdOptions,
  signal: AbortSignal,
): Promise<void> {
  requireRoot()
  const traces = tracesOf(options)
  const { layout } = traces
  if (leftovers(traces).length === 0) return
  await removeSandboxes(options, signal)
  const running = runningDaemon(layout)
  if (running) await endDaemon(running, options.clock, signal)
  await removeTraces(traces, options.clock, signal)
}

/**
 * As when the power goes: containers and daemon die at once, and what they held in memory is gone.
 * Images stay, and the containers' records, which the next start shows as ended.
 */
export async function killContainerd(
  options: ContainerdOptions,
  signal: AbortSignal,
): Promise<void> {
  requireRoot()
  await removeTraces(tracesOf(options), options.clock, signal)
}

/** What of the data directory's containerd is still on the machine; empty after a stop. */
export function containerdLeftovers(
  options: Pick<ContainerdOptions, 'dataDir' | 'network' | 'netns'>,
): readonly Leftover[] {
  return leftovers(tracesOf(options))
}

function tracesOf({
  dataDir,
  network,
  netns,
}: Pick<ContainerdOptions, 'dataDir' | 'network' | 'netns'>): Traces {
  const layout = containerdLayout(dataDir)
  return { layout, bridge: network.bridge, ...(netns === undefined ? {} : { netns }) }
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return
  throw new KnarrError('notRoot', 'running containers needs root', {
    hint: 'run it with sudo, or use a simulated cluster (--sim), which needs no rights',
  })
}

interface Installation {
  readonly layout: ContainerdLayout
  readonly binaries: ContainerdBinaries
  readonly machine: MachineAbilities
}

/** True when the daemon's own file is as it was; the others are read again whenever they are used. */
function writeConfiguration(options: ContainerdOptions, installation: Installation): boolean {
  const { layout } = installation
  const { sandboxImage = builtInSandboxImage, streamAddress = '127.0.0.1' } = options
  const { mirrors = [], registries = [] } = options
  mkdirSync(layout.cniConfig, { recursive: true })
  writeFileSync(
    join(layout.cniConfig, '10-knarr.conflist'),
    cniConflist(options.network, layout.ipam),
  )
  rmSync(layout.certs, { recursive: true, force: true })
  mkdirSync(layout.certs, { recursive: true })
  for (const { directory, text } of registryHosts(mirrors, registries)) {
    mkdirSync(join(layout.certs, directory), { recursive: true })
    writeFileSync(join(layout.certs, directory, 'hosts.toml'), text)
  }
  const wanted = containerdConfig({ ...installation, sandboxImage, streamAddress, registries })
  if (readOrEmpty(layout.config) === wanted) return true
  // It may hold credentials: nobody else may read it, not even for a moment.
  rmSync(layout.config, { force: true })
  writeFileSync(layout.config, wanted, { mode: 0o600 })
  return false
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function connectTo(
  options: Pick<ContainerdOptions, 'clock' | 'sandboxImage'>,
  layout: ContainerdLayout,
  binaries: ContainerdBinaries,
): Runtime {
  return createCriRuntime({
    endpoint: layout.socket,
    clock: options.clock,
    sandboxImage: options.sandboxImage ?? builtInSandboxImage,
    nativeStreams: {
      exec: createNativeExec(layout, binaries, options.clock),
      openStdin: async (containerId) => openNativeStdin(layout, containerId),
    },
  })
}

/** A connection for our own short questions, which fail fast. */
function ask(options: Pick<ContainerdOptions, 'clock'>, layout: ContainerdLayout): Runtime {
  return createCriRuntime({ endpoint: layout.socket, clock: options.clock, timeoutMs: 60_000 })
}

async function ready(
  options: ContainerdOptions,
  layout: ContainerdLayout,
  identity: ProcessIdentity,
  signal: AbortSignal,
): Promise<void> {
  await using runtime = ask(options, layout)
  const deadlineMs = options.clock.monotonicMs() + startLimitMs
  for (;;) {
    if (!isProcessAlive(identity)) throw daemonFailed(layout)
    const state = await condition(runtime, signal)
    if (state === 'ready') return
    if (options.clock.monotonicMs() > deadlineMs) {
      throw new KnarrError('containerdNotReady', `containerd is not ready: ${state}`, {
        hint: `see ${layout.logFile}`,
      })
    }
    await options.clock.sleep(20, signal)
  }
}

async function condition(runtime: Runtime, signal: AbortSignal): Promise<string> {
  try {
    const { conditions } = await runtime.status(signal)
    const failing = conditions.find(({ status }) => !status)
    return failing ? `${failing.reason}: ${failing.message}` : 'ready'
  } catch (error) {
    signal.throwIfAborted()
    return (error as Error).message
  }
}

async function ensureSandboxImage(
  options: ContainerdOptions,
  { layout, binaries, machine }: Installation,
  signal: AbortSignal,
): Promise<void> {
  if (options.sandboxImage) return
  await using runtime = ask(options, layout)
  if (await runtime.images.status(builtInSandboxImage, signal)) return
  const { snapshotter } = machine
  await importArchive(sandboxImageArchive(), { binaries, layout, snapshotter }, signal)
  // The CRI learns of an import by an event.
  const deadlineMs = options.clock.monotonicMs() + startLimitMs
  while (!(await runtime.images.status(builtInSandboxImage, signal))) {
    if (options.clock.monotonicMs() > deadlineMs) {
      throw new KnarrError('imageImportFailed', 'containerd does not show the sandbox image')
    }
    await options.clock.sleep(20, signal)
  }
}

async function gone(
  options: ContainerdOptions,
  identity: ProcessIdentity,
  signal: AbortSignal,
): Promise<void> {
  while (isProcessAlive(identity)) await options.clock.sleep(500, signal)
}

/** Takes the pods down in order, with a daemon started for it if need be; CNI is told this way. */
async function removeSandboxes(options: ContainerdOptions, signal: AbortSignal): Promise<void> {
  try {
    const daemon = await startContainerd(options, signal)
    await using runtime = daemon.connect()
    const sandboxes = await runtime.listSandboxes({}, signal)
    await Promise.all(sandboxes.map(({ id }) => removeSandbox(runtime, id, options.log, signal)))
  } catch (error) {
    signal.throwIfAborted()
    options.log.warn('containerd does not help to stop its pods', {
      error: (error as Error).message,
    })
  }
}

async function removeSandbox(
  runtime: Runtime,
  id: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  try {
    await runtime.stopSandbox(id, signal)
    await runtime.removeSandbox(id, signal)
  } catch (error) {
    signal.throwIfAborted()
    log.warn('a pod could not be removed in order', {
      sandbox: id,
      error: (error as Error).message,
    })
  }
}
