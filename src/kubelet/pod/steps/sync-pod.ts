import type { Pod } from '#api'
import type { Stored } from '#machinery'
import type { CrashBackOff } from '../../containers/crash-back-off.ts'
import type { EnvironmentSources } from '../../containers/environment.ts'
import { podCgroupLimits } from '../../containers/resources.ts'
import { sandboxConfig } from '../../containers/sandbox-config.ts'
import { createStarter } from '../../containers/start.ts'
import { stopAll, stopContainer } from '../../containers/stop.ts'
import type { AnyContainer } from '../../model/containers.ts'
import { isSidecar } from '../../model/containers.ts'
import { StartError, type StartFailure, SyncError, textOf } from '../../model/errors.ts'
import { instancesOf, type ObservedPod } from '../../model/observed.ts'
import { qosOf } from '../../model/qos.ts'
import { type PodProbes, verdictsOf } from '../../probes/pod-probes.ts'
import type { WaitingReason } from '../../status/container-status.ts'
import type { MountedVolumes } from '../../volumes/mount.ts'
import type { PodMounts } from '../../volumes/pod-mounts.ts'
import { mountPodVolumes, referencesOf } from '../../volumes/pod-volumes.ts'
import type { ContentSources } from '../../volumes/sources.ts'
import { type PodPlan, planPod } from '../plan.ts'
import type { PodShared } from '../pod-shared.ts'

export interface SyncRequest {
  readonly pod: Stored<Pod>
  readonly observed: ObservedPod
  readonly shared: PodShared
  readonly crashes: CrashBackOff
  readonly mounts: PodMounts
  /** Reasons why containers wait, kept from sync to sync. */
  readonly waiting: Map<string, WaitingReason>
  readonly probes: PodProbes
  /** Looks at the runtime again. */
  readonly observe: (signal: AbortSignal) => Promise<void>
  readonly current: () => ObservedPod
  /** A container goes: that it has gone is no news then. */
  readonly removed: (id: string) => void
  /** What the pod refers to has changed. */
  readonly refresh: (why: string) => void
}

export interface SyncOutcome {
  /** When to look again, if nothing happens before. */
  readonly againInMs?: number
}

/** While the pod network is down only pods on the node's own network can start. */
const networkRetryMs = 1_000
/** A container that could not be started, for no planned reason, is tried again after this long. */
const startRetryMs = 10_000

/** One step of a pod towards its spec: the plan, carried out (upstream: SyncPod). */
export async function syncPod(request: SyncRequest, signal: AbortSignal): Promise<SyncOutcome> {
  const { pod, shared } = request
  const { world, results } = shared
  const fault = shared.networkFault()
  if (fault !== undefined && !pod.spec?.hostNetwork) {
    throw new SyncError('NetworkNotReady', `network is not ready: ${fault}`, networkRetryMs)
  }
  const { metadata } = pod
  world.references.follow(metadata.uid, referencesOf(pod), request.refresh)
  const qos = qosOf(pod)
  await world.host.pods.prepare(metadata.uid, signal)
  const cgroup = world.host.cgroups.podPath(qos, metadata.uid)
  await world.host.cgroups.ensure(
    cgroup,
    podCgroupLimits(pod, qos, world.config.podPidsLimit),
    signal,
  )
  const sources = sourcesOf(request)
  const volumes = await mountPodVolumes(pod, request.mounts, { world, sources }, signal)
  request.probes.ensure(pod)
  const plan = planPod(pod, request.observed, verdictsOf(results))
  const failures = await carryOut(plan, request, { sources, volumes }, signal)
  return { ...againAfter(failures, request) }
}

interface Prepared {
  readonly sources: ContentSources & EnvironmentSources
  readonly volumes: MountedVolumes
}

async function carryOut(
  plan: PodPlan,
  request: SyncRequest,
  prepared: Prepared,
  signal: AbortSignal,
): Promise<readonly StartFailure[]> {
  const { pod, shared, observe } = request
  const { world } = shared
  if (plan.createSandbox && request.current().sandboxes.length > 0) {
    const message = 'Pod sandbox changed, it will be killed and re-created.'
    world.events.event(pod, { type: 'Normal', reason: 'SandboxChanged', message })
  }
  if (plan.stopAll) {
    await stopAll({ pod, observed: request.current() }, world, signal)
    await observe(signal)
  }
  for (const kill of plan.kill) {
    const probe = kill.cause === 'liveness' || kill.cause === 'startup' ? { probe: kill.cause } : {}
    await stopContainer(
      { pod, container: kill.container, message: kill.message, ...probe },
      world,
      signal,
    )
  }
  if (plan.kill.length > 0) await observe(signal)
  if (plan.createSandbox) await createSandbox(plan.attempt, request, signal)
  const failures: StartFailure[] = []
  for (const container of plan.startEphemeral) await tryStart(container)
  for (const container of plan.startInit) {
    const failed = await tryStart(container)
    // What comes after a failed init container has to wait; a sidecar holds up nobody.
    if (failed && !isSidecar(container)) return failures
  }
  for (const container of plan.start) await tryStart(container)
  return failures

  async function tryStart(container: AnyContainer): Promise<boolean> {
    const failure = await startOne(container, request, prepared, signal)
    if (failure) failures.push(failure)
    return failure !== undefined
  }
}

async function createSandbox(
  attempt: number,
  request: SyncRequest,
  signal: AbortSignal,
): Promise<void> {
  const { pod, shared, observe } = request
  const { runtime } = shared.world
  const config = await sandboxConfig(pod, attempt, shared.world, signal)
  try {
    await shared.world.host.files.makeDirectory(config.logDirectory, 0o755, signal)
    await runtime.runSandbox(config, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const message = `Failed to create pod sandbox: ${textOf(error)}`
    throw new SyncError('FailedCreatePodSandBox', message)
  }
  await observe(signal)
}

/** Starts one container; the reason of a failure is kept for `state.waiting`. */
async function startOne(
  container: AnyContainer,
  request: SyncRequest,
  { sources, volumes }: Prepared,
  signal: AbortSignal,
): Promise<StartFailure | undefined> {
  const { pod, shared, crashes, waiting, current, observe } = request
  const [sandbox] = current().sandboxes
  if (!sandbox) throw new SyncError(undefined, 'the pod has no sandbox')
  const config = await sandboxConfig(pod, sandbox.metadata.attempt, shared.world, signal)
  const starter = createStarter(shared.world, shared.images, crashes)
  const podIps = pod.spec?.hostNetwork ? shared.world.config.nodeIps : sandbox.ips
  try {
    const putOff = await starter.start(
      {
        pod,
        container,
        sandboxId: sandbox.id,
        sandboxConfig: config,
        observed: current(),
        volumes,
        recursiveReadOnlyMounts: shared.recursiveReadOnlyMounts(),
        podIps,
        sources: { ...sources, podIps },
      },
      signal,
    )
    if (putOff) {
      waiting.set(container.name, { reason: putOff.reason, message: putOff.message })
      return putOff
    }
    waiting.delete(container.name)
    await observe(signal)
    await removeOldInstances(container.name, request, signal)
    return undefined
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    waiting.set(container.name, { reason: error.reason, message: error.message })
    // A start that is put off has changed nothing.
    if (error.retryInMs === undefined) await observe(signal)
    return error
  }
}

/** The runtime keeps the running instance and the one before it, for `kubectl logs --previous`. */
async function removeOldInstances(
  name: string,
  request: SyncRequest,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, host } = request.shared.world
  for (const old of instancesOf(request.current(), name).slice(2)) {
    request.removed(old.id)
    await runtime.removeContainer(old.id, signal)
    await host.files.remove(old.logPath, signal)
  }
}

/** The earliest time at which something that waits may be tried again. */
function againAfter(failures: readonly StartFailure[], { pod, shared }: SyncRequest): SyncOutcome {
  const { clock, random } = shared.world
  const times = failures.map(({ retryInMs }) => retryInMs ?? startRetryMs * (1 + random.next() / 2))
  const renewalMs = shared.tokens.nextRenewalMs(pod.metadata.uid)
  if (renewalMs !== undefined) times.push(Math.max(1000, renewalMs - clock.monotonicMs()))
  const deadline = pod.spec?.activeDeadlineSeconds
  const startTime = shared.statuses.get(pod.metadata.uid)?.startTime
  if (deadline !== undefined && startTime) {
    times.push(Math.max(1, Date.parse(startTime) + deadline * 1000 - clock.wallMs()))
  }
  return times.length > 0 ? { againInMs: Math.min(...times) } : {}
}

function sourcesOf({ pod, shared }: SyncRequest): Prepared['sources'] {
  const { world, tokens } = shared
  const namespace = pod.metadata.namespace ?? ''
  const status = shared.statuses.get(pod.metadata.uid) ?? pod.status
  return {
    pod,
    podIps: (status?.podIPs ?? []).map(({ ip }) => ip),
    hostIps: world.config.nodeIps,
    nodeName: world.config.nodeName,
    allocatable: shared.allocatable(),
    references: world.references,
    services: world.references.services(),
    configMap: (name) => world.references.configMap(namespace, name),
    secret: (name) => world.references.secret(namespace, name),
    token: (audience, seconds) => tokens.get(pod, audience, seconds),
  }
}
