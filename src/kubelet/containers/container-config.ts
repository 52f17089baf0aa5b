import type { Pod, VolumeMount } from '#api'
import { hostNetworkHostsFile, podHostsFile } from '#host'
import type { Stored } from '#machinery'
import type { ContainerConfig, Image, Mount } from '#runtime'
import { containerLogPath } from '../logs/paths.ts'
import { type AnyContainer, ephemeralContainersOf, runsToEnd } from '../model/containers.ts'
import { ConfigError } from '../model/errors.ts'
import { expand, expandStrictly } from '../model/expand.ts'
import {
  askedPortsAnnotation,
  containerHash,
  containerLabels,
  hashAnnotation,
  portsAnnotation,
  restartCountAnnotation,
  runsToEndAnnotation,
  terminationPathAnnotation,
  terminationPolicyAnnotation,
} from '../model/labels.ts'
import { newestOf, type ObservedPod } from '../model/observed.ts'
import { qosOf } from '../model/qos.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { MountedVolumes } from '../volumes/mount.ts'
import { isRecursivelyReadOnly } from '../volumes/read-only.ts'
import { type Environment, type EnvironmentSources, environmentOf } from './environment.ts'
import { askedPorts } from './handler.ts'
import { linuxResources } from './resources.ts'
import { podDomain, podHostname } from './sandbox-config.ts'
import { containerSecurity } from './security.ts'

export interface ContainerRequest {
  readonly pod: Stored<Pod>
  readonly container: AnyContainer
  readonly restartCount: number
  /** What the runtime gave for the image. */
  readonly imageRef: string
  readonly image: Image | undefined
  readonly volumes: MountedVolumes
  /** Images that are mounted, by the names of their volumes. */
  readonly imageVolumes: ReadonlyMap<string, string>
  /** Whether the runtime can mount read-only what is mounted below a volume as well. */
  readonly recursiveReadOnlyMounts: boolean
  /** The devices of its claims, as the runtime knows them; throws where one is not prepared. */
  readonly cdiDevices: () => readonly string[]
  readonly observed: ObservedPod
  readonly podIps: readonly string[]
  readonly sources: EnvironmentSources
}

/** What the runtime is told to make a container. Throws ConfigError for what cannot be made. */
export async function containerConfig(
  request: ContainerRequest,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<ContainerConfig> {
  const { pod, container, restartCount } = request
  const environment = await environmentOf(container, request.sources)
  reportSkipped(pod, environment, world)
  const variables = new Map(environment.variables.map(({ name, value }) => [name, value]))
  const words = (texts: readonly string[] | undefined) =>
    (texts ?? []).map((text) => expand(text, variables))
  const mounts = await mountsOf(request, variables, world, signal)
  const target = targetId(request)
  const asked = askedPorts(container)
  const cdiDevices = request.cdiDevices()
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { ref: request.imageRef, userSpecified: container.image ?? '' },
    command: words(container.command),
    args: words(container.args),
    workingDir: container.workingDir ?? '',
    envs: environment.variables,
    mounts,
    ...(cdiDevices.length > 0 && { cdiDevices }),
    labels: containerLabels(pod, container),
    annotations: {
      [hashAnnotation]: containerHash(container),
      [restartCountAnnotation]: String(restartCount),
      [terminationPathAnnotation]: terminationPath(container),
      [terminationPolicyAnnotation]: container.terminationMessagePolicy ?? 'File',
      ...(container.ports?.length ? { [portsAnnotation]: JSON.stringify(container.ports) } : {}),
      ...(asked.length > 0 ? { [askedPortsAnnotation]: JSON.stringify(asked) } : {}),
      ...(runsToEnd(pod, container) ? { [runsToEndAnnotation]: 'true' } : {}),
    },
    logPath: containerLogPath(container.name, restartCount),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    ...stopSignalOf(container),
    linux: {
      resources: linuxResources(container, qosOf(pod), world.facts),
      securityContext: containerSecurity(pod, container, request.image, target),
    },
  }
}

function stopSignalOf(container: AnyContainer): { readonly stopSignal?: string } {
  const stopSignal = container.lifecycle?.stopSignal
  return stopSignal ? { stopSignal } : {}
}

/** An ephemeral container may share the processes of one it looks into. */
function targetId({ pod, container, observed }: ContainerRequest): string | undefined {
  const target = ephemeralContainersOf(pod).find(
    ({ name }) => name === container.name,
  )?.targetContainerName
  if (!target) return undefined
  const newest = newestOf(observed, target)
  if (!newest) throw new ConfigError(`unable to find target container ${target}`)
  return newest.id
}

function terminationPath(container: AnyContainer): string {
  return container.terminationMessagePath ?? '/dev/termination-log'
}

/** Where on the node a container instance leaves its last words. */
export function terminationFile(podPath: string, container: string, restartCount: number): string {
  return `${podPath}/containers/${container}/${restartCount}`
}

async function mountsOf(
  request: ContainerRequest,
  variables: ReadonlyMap<string, string>,
  world: KubeletWorld,
  signal: AbortSignal,
): Promise<readonly Mount[]> {
  const { pod, container, recursiveReadOnlyMounts } = request
  const mounts: Mount[] = []
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const ref = request.imageVolumes.get(mount.name)
    if (ref !== undefined) {
      mounts.push(imageMount(mount, ref, variables))
      continue
    }
    const hostPath = await volumeMountPath(request, mount, { index, variables, world, signal })
    mounts.push({
      containerPath: mount.mountPath,
      hostPath,
      readonly: mount.readOnly === true || isProjected(pod, mount.name),
      ...(isRecursivelyReadOnly(mount, recursiveReadOnlyMounts) && { recursiveReadOnly: true }),
      propagation: propagationOf(mount),
    })
  }
  const taken = new Set(mounts.map(({ containerPath }) => containerPath))
  if (!taken.has('/etc/hosts')) mounts.push(await hostsMount(request, world, signal))
  mounts.push(await terminationMount(request, world, signal))
  return mounts
}

/** The runtime itself mounts images, for reading only. */
function imageMount(
  mount: VolumeMount,
  ref: string,
  variables: ReadonlyMap<string, string>,
): Mount {
  const image = { ref, subPath: subPathOf(mount, variables) }
  return {
    containerPath: mount.mountPath,
    hostPath: '',
    readonly: true,
    propagation: propagationOf(mount),
    image,
  }
}

interface MountContext {
  readonly index: number
  readonly variables: ReadonlyMap<string, string>
  readonly world: KubeletWorld
  readonly signal: AbortSignal
}

async function volumeMountPath(
  { pod, container, volumes }: ContainerRequest,
  mount: VolumeMount,
  { index, variables, world, signal }: MountContext,
): Promise<string> {
  const volumePath = volumes.get(mount.name)
  if (volumePath === undefined) {
    throw new ConfigError(
      `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
    )
  }
  const subPath = subPathOf(mount, variables)
  if (subPath === '') return volumePath
  const request = {
    podUid: pod.metadata.uid,
    volume: mount.name,
    volumePath,
    subPath,
    container: container.name,
    mountIndex: index,
  }
  return world.host.volumes.subPath(request, signal)
}

/**
 * The part of the volume that is mounted; empty for all of it. It is looked at again after its
 * variables have been replaced, since the API server has seen only their names (upstream: makeMounts).
 * @throws ConfigError for a path that could leave the volume.
 */
function subPathOf(
  { subPath, subPathExpr }: VolumeMount,
  variables: ReadonlyMap<string, string>,
): string {
  const path = subPathExpr ? expandStrictly(subPathExpr, variables) : (subPath ?? '')
  if (path.startsWith('/')) {
    throw new ConfigError(`error SubPath \`${path}\` must not be an absolute path`)
  }
  if (path.split('/').includes('..')) {
    throw new ConfigError(`unable to provision SubPath \`${path}\`: must not contain '..'`)
  }
  return path
}

/** Content that the kubelet writes is never written by containers. */
function isProjected(pod: Pod, name: string): boolean {
  const volume = pod.spec?.volumes?.find((each) => each.name === name)
  return Boolean(volume?.configMap ?? volume?.secret ?? volume?.downwardAPI ?? volume?.projected)
}

function propagationOf(mount: VolumeMount): Mount['propagation'] {
  if (mount.mountPropagation === 'Bidirectional') return 'bidirectional'
  return mount.mountPropagation === 'HostToContainer' ? 'hostToContainer' : 'private'
}

async function hostsMount(
  { pod, podIps }: ContainerRequest,
  { host, network }: KubeletWorld,
  signal: AbortSignal,
): Promise<Mount> {
  const path = `${host.pods.path(pod.metadata.uid)}/etc-hosts`
  const aliases = (pod.spec?.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, hostnames }))
  const text = pod.spec?.hostNetwork
    ? hostNetworkHostsFile(await host.node.hostsFile(signal), aliases)
    : podHostsFile({
        podIps,
        hostname: podHostname(pod),
        domain: podDomain(pod, network.dns.domain),
        aliases,
      })
  await host.files.rewrite(path, Buffer.from(text), 0o644, signal)
  return { containerPath: '/etc/hosts', hostPath: path, readonly: false, propagation: 'private' }
}

async function terminationMount(
  { pod, container, restartCount }: ContainerRequest,
  { host }: KubeletWorld,
  signal: AbortSignal,
): Promise<Mount> {
  const path = terminationFile(host.pods.path(pod.metadata.uid), container.name, restartCount)
  await host.files.touch(path, 0o666, signal)
  return {
    containerPath: terminationPath(container),
    hostPath: path,
    readonly: false,
    propagation: 'private',
  }
}

function reportSkipped(pod: Stored<Pod>, { skipped }: Environment, { events }: KubeletWorld): void {
  for (const { source, keys } of skipped) {
    const message = `Keys [${keys.join(', ')}] from the EnvFrom ${source} were skipped since they are considered invalid environment variable names.`
    events.event(pod, { type: 'Warning', reason: 'InvalidEnvironmentVariableNames', message })
  }
}
