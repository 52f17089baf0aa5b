import type { SecurityContext as ApiSecurityContext, Pod } from '#api'
import type { Stored } from '#machinery'
import type {
  ContainerSecurityContext,
  Image,
  NamespaceOptions,
  SecurityContext,
  SecurityProfile,
} from '#runtime'
import type { AnyContainer } from '../model/containers.ts'
import { ConfigError } from '../model/errors.ts'
import { formatPod } from '../model/labels.ts'

type Profile = NonNullable<ApiSecurityContext['seccompProfile']>

/** Paths that the runtime hides from ordinary containers (upstream: defaultMaskedPaths). */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

function namespaceOptions(pod: Pod, targetId?: string): NamespaceOptions {
  const spec = pod.spec ?? { containers: [] }
  const pid = spec.hostPID ? 'node' : spec.shareProcessNamespace ? 'pod' : 'container'
  return {
    network: spec.hostNetwork ? 'node' : 'pod',
    ipc: spec.hostIPC ? 'node' : 'pod',
    ...(targetId === undefined ? { pid } : { pid: 'target', targetId }),
  }
}

/** The sandbox is privileged when any container is: a privileged container needs it. */
export function sandboxSecurity(pod: Pod): SecurityContext {
  const context = pod.spec?.securityContext ?? {}
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  return {
    namespaces: namespaceOptions(pod),
    privileged: all.some(({ securityContext }) => securityContext?.privileged === true),
    readonlyRootfs: false,
    ...(context.runAsUser === undefined ? {} : { runAsUser: context.runAsUser }),
    ...(context.runAsGroup === undefined ? {} : { runAsGroup: context.runAsGroup }),
    supplementalGroups: groupsOf(pod),
    seccomp: { kind: 'runtimeDefault' },
  }
}

function groupsOf(pod: Pod): readonly number[] {
  const { supplementalGroups = [], fsGroup } = pod.spec?.securityContext ?? {}
  return fsGroup === undefined ? supplementalGroups : [...supplementalGroups, fsGroup]
}

/** Container over pod, field by field (upstream: DetermineEffectiveSecurityContext). */
export function containerSecurity(
  pod: Stored<Pod>,
  container: AnyContainer,
  image: Image | undefined,
  targetId: string | undefined,
): ContainerSecurityContext {
  const shared = pod.spec?.securityContext ?? {}
  const own: ApiSecurityContext = container.securityContext ?? {}
  verifyNonRoot(pod, container, image)
  const isOpen = own.procMount === 'Unmasked' || own.privileged === true
  return {
    namespaces: namespaceOptions(pod, targetId),
    privileged: own.privileged === true,
    readonlyRootfs: own.readOnlyRootFilesystem === true,
    ...identity(own, shared, image),
    supplementalGroups: groupsOf(pod),
    ...(shared.supplementalGroupsPolicy === 'Strict' ? { supplementalGroupsPolicy: 'strict' } : {}),
    seccomp: profileOf(own.seccompProfile ?? shared.seccompProfile),
    ...(own.capabilities
      ? { capabilities: { add: own.capabilities.add ?? [], drop: own.capabilities.drop ?? [] } }
      : {}),
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    maskedPaths: isOpen ? [] : maskedPaths,
    readonlyPaths: isOpen ? [] : readonlyPaths,
  }
}

/** Who the container runs as: its own word, the pod's, or the image's. */
function identity(
  own: ApiSecurityContext,
  shared: NonNullable<NonNullable<Pod['spec']>['securityContext']>,
  image: Image | undefined,
): Pick<ContainerSecurityContext, 'runAsUser' | 'runAsGroup' | 'runAsUsername'> {
  const runAsUser = own.runAsUser ?? shared.runAsUser ?? image?.uid
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup
  return {
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(runAsUser === undefined && image?.username ? { runAsUsername: image.username } : {}),
  }
}

function profileOf(profile: Profile | undefined): SecurityProfile {
  if (profile?.type === 'RuntimeDefault') return { kind: 'runtimeDefault' }
  if (profile?.type === 'Localhost') {
    return { kind: 'localhost', ref: `/var/lib/kubelet/seccomp/${profile.localhostProfile ?? ''}` }
  }
  return { kind: 'unconfined' }
}

/** Upstream's texts for runAsNonRoot (verifyRunAsNonRoot). */
function verifyNonRoot(pod: Stored<Pod>, container: AnyContainer, image: Image | undefined): void {
  const own = container.securityContext
  const shared = pod.spec?.securityContext
  if ((own?.runAsNonRoot ?? shared?.runAsNonRoot) !== true) return
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`
  const user = own?.runAsUser ?? shared?.runAsUser
  if (user !== undefined) {
    if (user === 0) {
      throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`)
    }
    return
  }
  if (image?.uid === 0 || (image?.uid === undefined && !image?.username)) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`)
  }
  if (image?.uid === undefined) {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    )
  }
}
