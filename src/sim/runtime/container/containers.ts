import type { Random } from '#lib'
import {
  type ContainerConfig,
  type LinuxResources,
  type Mount,
  RuntimeError,
  type SandboxConfig,
} from '#runtime'
import { firstFiles } from '../files/image-files.ts'
import { containerLimit, OwnFiles } from '../files/own-files.ts'
import type { NodeImages } from '../images/image-service.ts'
import { behaviourOf } from './behaviour-of.ts'
import { commandLine } from './command-line.ts'
import {
  behaviour,
  failureToStart,
  type ProcessesWorld,
  sandboxOf,
  startMain,
} from './processes.ts'
import type { ContainerRecord, Report, RuntimeRecords } from './records.ts'
import { newId } from './runtime-node.ts'
import { cannotStart, noProcess } from './start-errors.ts'
import { stopSignalOf } from './stop-signal.ts'

export interface ContainersWorld extends ProcessesWorld {
  readonly report: Report
  readonly nodeImages: NodeImages
  /** Names the runs of commands inside, of which only errors tell. */
  readonly execIds: Random
}

/** Starting a process takes this long. */
const startMs = 20
/** What a container shows that was lost with its machine, as containerd finds it after the boot. */
const lost = { exitCode: 255, reason: 'Unknown', message: '' }

/** @throws RuntimeError `notFound` */
export function containerById({ records }: ProcessesWorld, id: string): ContainerRecord {
  const found = records.containers.get(id)
  if (found) return found
  throw new RuntimeError(
    'notFound',
    `an error occurred when try to find container "${id}": not found`,
  )
}

export function createContainer(
  world: ContainersWorld,
  sandboxId: string,
  config: ContainerConfig,
  sandboxConfig: SandboxConfig,
): string {
  const { records, nodeImages, clock, random, report, behaviours: rules } = world
  const sandbox = records.sandboxes.get(sandboxId)
  if (!sandbox) {
    throw new RuntimeError('notFound', `failed to find sandbox id "${sandboxId}": not found`)
  }
  refuseSecond(records, sandboxId, config)
  const image = nodeImages.find(config.image.ref)
  if (!image) {
    const why = `failed to get image from containerd "${config.image.ref}": not found`
    throw new RuntimeError('notFound', why)
  }
  refuseSeccomp(config)
  // Read now, so that a mistake in it shows as the container's error.
  behaviourOf({ rules, config, sandbox: sandboxConfig, memoryLimitBytes: undefined })
  const container: ContainerRecord = {
    id: newId(random),
    sandboxId,
    config: { ...config, mounts: config.mounts.map((mount) => named(mount, nodeImages)) },
    createdAtMs: clock.wallMs(),
    imageId: image.id,
    argv: commandLine(config),
    files: new OwnFiles(undefined, containerLimit, firstFiles(config, sandboxConfig)),
    resources: config.linux.resources,
    state: 'created',
    startedAtMs: undefined,
    finishedAtMs: undefined,
    exitCode: 0,
    reason: '',
    message: '',
  }
  records.containers.set(container.id, container)
  records.bySandbox.get(sandboxId)?.add(container)
  report('created', container.id, sandbox)
  return container.id
}

export async function startContainer(
  world: ContainersWorld,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const { clock, report } = world
  const container = containerById(world, id)
  if (container.state !== 'created') {
    const state = container.state.toUpperCase()
    throw new RuntimeError('unknown', `container is in CONTAINER_${state} state`)
  }
  await clock.sleep(startMs, signal)
  if (world.records.containers.get(id) !== container) return
  container.startedAtMs = clock.wallMs()
  const why = failureToStart(world, container, container.argv) ?? requestedFailure(world, container)
  if (why === undefined) {
    container.state = 'running'
    report('started', id, sandboxOf(world, container))
    startMain(world, container)
    return
  }
  const error = cannotStart(why)
  const { message } = error
  end(world, container, { exitCode: 128, reason: 'StartError', message })
  throw error
}

/** What its behaviour says about its start. */
function requestedFailure(world: ContainersWorld, container: ContainerRecord): string | undefined {
  const { startError } = behaviour(world, container)
  return startError === undefined ? undefined : noProcess(startError)
}

/** Sends the stop signal, and SIGKILL when the process is still there after the grace. */
export async function endContainer(
  world: ContainersWorld,
  id: string,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const container = world.records.containers.get(id)
  if (container?.state !== 'running' || !container.process) return
  container.isStopping = true
  if (graceMs > 0) {
    container.process.signal(stopSignalOf(container))
    const enough = new AbortController()
    using _timer = world.clock.timer(graceMs, () => enough.abort())
    const ended = container.process.ended(AbortSignal.any([signal, enough.signal]))
    await ended.catch((error) => {
      if (!enough.signal.aborted) throw error
    })
  }
  killContainer(container)
}

export function killContainer(container: ContainerRecord): void {
  if (container.state === 'running') container.process?.signal('SIGKILL')
}

/** Kills it, for want of memory or not, or hangs it; false when it does not run. */
export function harmContainer(
  container: ContainerRecord,
  how: 'outOfMemory' | 'crash' | 'hang',
): boolean {
  if (container.state !== 'running') return false
  if (how === 'hang') {
    container.process?.hang()
    return true
  }
  if (how === 'outOfMemory') container.isOutOfMemory = true
  killContainer(container)
  return true
}

export function removeContainer(world: ContainersWorld, id: string): void {
  const { records, report } = world
  const container = records.containers.get(id)
  if (!container) return
  killContainer(container)
  container.process?.abandon()
  records.containers.delete(id)
  records.bySandbox.get(container.sandboxId)?.delete(container)
  report('deleted', id, sandboxOf(world, container))
}

export function updateResources(container: ContainerRecord, resources: LinuxResources): void {
  container.resources = { ...container.resources, ...resources }
}

/** Takes note of how the main process ended. */
export function noteExit(world: ContainersWorld, container: ContainerRecord): void {
  const { code = lost.exitCode, outOfMemory } = container.process?.process.exit ?? {}
  const isOutOfMemory = outOfMemory || container.isOutOfMemory
  const reason = isOutOfMemory ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error'
  container.log?.close()
  if (isOutOfMemory) container.oomKills = (container.oomKills ?? 0) + 1
  end(world, container, { exitCode: code, reason, message: '' })
}

/** All of them are gone without a word, as after a loss of power. */
export function loseContainers({ records, clock }: ContainersWorld): void {
  for (const container of records.containers.values()) {
    container.process?.abandon()
    delete container.process
    if (container.state !== 'running') continue
    Object.assign(container, { ...lost, state: 'exited', finishedAtMs: clock.wallMs() })
  }
}

interface Ending {
  readonly exitCode: number
  readonly reason: string
  readonly message: string
}

function end(world: ContainersWorld, container: ContainerRecord, ending: Ending): void {
  const finishedAtMs = world.clock.wallMs()
  Object.assign(container, { ...ending, state: 'exited', finishedAtMs })
  world.report('stopped', container.id, sandboxOf(world, container))
}

/** An image that is mounted is told by its name, by which it is known; one that is not there cannot be. */
function named(mount: Mount, images: NodeImages): Mount {
  if (!mount.image) return mount
  const { ref } = mount.image
  const found = images.find(ref)
  if (found) return { ...mount, image: { ...mount.image, ref: found.repoTags[0] ?? ref } }
  throw new RuntimeError('notFound', `failed to mount image "${ref}": image "${ref}": not found`)
}

/** No node has profiles of its own. */
function refuseSeccomp({ linux }: ContainerConfig): void {
  const { seccomp, privileged } = linux.securityContext
  if (privileged || seccomp?.kind !== 'localhost') return
  const why = `cannot load seccomp profile "${seccomp.ref}": open ${seccomp.ref}: no such file or directory`
  throw new RuntimeError('unknown', `failed to create containerd container: ${why}`)
}

function refuseSecond(
  records: RuntimeRecords,
  sandboxId: string,
  { metadata }: ContainerConfig,
): void {
  for (const { id, config } of records.bySandbox.get(sandboxId) ?? []) {
    const { name, attempt } = config.metadata
    if (name !== metadata.name || attempt !== metadata.attempt) continue
    const reserved = `${name}_${attempt}`
    throw new RuntimeError(
      'unknown',
      `failed to reserve container name "${reserved}": name "${reserved}" is reserved for "${id}"`,
    )
  }
}
