import type { ContainerConfig, ContainerState, Mount } from '../../model/container.ts'
import type { RegistryAuth } from '../../model/image.ts'
import type {
  ContainerSecurityContext,
  LinuxResources,
  NamespaceOptions,
  SecurityContext,
  SecurityProfile,
} from '../../model/linux.ts'
import type { SandboxConfig, SandboxState } from '../../model/sandbox.ts'
import type * as wire from '../generated/messages.ts'
import type { Outgoing } from './codec.ts'

export function sandboxConfigToWire(config: SandboxConfig): Outgoing<wire.PodSandboxConfig> {
  const { linux, portMappings = [], dnsConfig, metadata, labels, annotations } = config
  return {
    metadata,
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig,
    portMappings,
    labels,
    annotations,
    linux: {
      cgroupParent: linux.cgroupParent,
      securityContext: securityContextToWire(linux.securityContext),
      sysctls: linux.sysctls,
      overhead: linux.overhead && resourcesToWire(linux.overhead),
      resources: linux.resources && resourcesToWire(linux.resources),
    },
  }
}

export function containerConfigToWire(config: ContainerConfig): Outgoing<wire.ContainerConfig> {
  const { metadata, image, command, args, workingDir, devices, labels, annotations } = config
  return {
    metadata,
    image: { image: image.ref, userSpecifiedImage: image.userSpecified },
    command,
    args,
    workingDir,
    envs: config.envs.map(({ name, value }) => ({ key: name, value: Buffer.from(value) })),
    mounts: config.mounts.map(mountToWire),
    devices,
    CDIDevices: config.cdiDevices?.map((name) => ({ name })),
    labels,
    annotations,
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    stopSignal: config.stopSignal ? signalToWire(config.stopSignal) : undefined,
    linux: {
      resources: resourcesToWire(config.linux.resources),
      securityContext: containerSecurityToWire(config.linux.securityContext),
    },
  }
}

const propagations = {
  private: 'PROPAGATION_PRIVATE',
  hostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const

function mountToWire(mount: Mount): Outgoing<wire.Mount> {
  return {
    containerPath: mount.containerPath,
    hostPath: mount.hostPath,
    readonly: mount.readonly,
    recursiveReadOnly: mount.recursiveReadOnly,
    propagation: propagations[mount.propagation],
    selinuxRelabel: mount.selinuxRelabel,
    uidMappings: mount.uidMappings,
    gidMappings: mount.gidMappings,
    image: mount.image && { image: mount.image.ref },
    imageSubPath: mount.image?.subPath,
  }
}

export function resourcesToWire(resources: LinuxResources): Outgoing<wire.LinuxContainerResources> {
  return {
    cpuPeriod: resources.cpuPeriodUs,
    cpuQuota: resources.cpuQuotaUs,
    cpuShares: resources.cpuShares,
    memoryLimitInBytes: resources.memoryLimitBytes,
    memorySwapLimitInBytes: resources.memorySwapLimitBytes,
    oomScoreAdj: resources.oomScoreAdj,
    cpusetCpus: resources.cpusetCpus,
    cpusetMems: resources.cpusetMems,
    hugepageLimits: resources.hugepageLimits?.map(({ pageSize, limitBytes }) => ({
      pageSize,
      limit: limitBytes,
    })),
    unified: resources.unified,
  }
}

function containerSecurityToWire(
  context: ContainerSecurityContext,
): Outgoing<wire.LinuxContainerSecurityContext> {
  return {
    ...securityContextToWire(context),
    capabilities: context.capabilities && {
      addCapabilities: context.capabilities.add,
      dropCapabilities: context.capabilities.drop,
    },
    runAsUsername: context.runAsUsername,
    noNewPrivs: context.noNewPrivileges,
    maskedPaths: context.maskedPaths,
    readonlyPaths: context.readonlyPaths,
  }
}

function securityContextToWire(context: SecurityContext) {
  return {
    namespaceOptions: namespacesToWire(context.namespaces),
    selinuxOptions: context.selinux,
    runAsUser: int64(context.runAsUser),
    runAsGroup: int64(context.runAsGroup),
    readonlyRootfs: context.readonlyRootfs,
    supplementalGroups: context.supplementalGroups,
    supplementalGroupsPolicy:
      context.supplementalGroupsPolicy === 'strict' ? ('Strict' as const) : ('Merge' as const),
    privileged: context.privileged,
    seccomp: context.seccomp && profileToWire(context.seccomp),
    apparmor: context.apparmor && profileToWire(context.apparmor),
  }
}

function int64(value: number | undefined): { readonly value: number } | undefined {
  return value === undefined ? undefined : { value }
}

const modes = { pod: 'POD', container: 'CONTAINER', node: 'NODE', target: 'TARGET' } as const

function namespacesToWire(options: NamespaceOptions): Outgoing<wire.NamespaceOption> {
  return {
    network: modes[options.network],
    pid: modes[options.pid],
    ipc: modes[options.ipc],
    targetId: options.targetId,
    usernsOptions: options.user && {
      mode: modes[options.user.mode],
      uids: options.user.uids,
      gids: options.user.gids,
    },
  }
}

const profileTypes = {
  runtimeDefault: 'RuntimeDefault',
  unconfined: 'Unconfined',
  localhost: 'Localhost',
} as const

function profileToWire(profile: SecurityProfile): Outgoing<wire.SecurityProfile> {
  const localhostRef = profile.kind === 'localhost' ? profile.ref : ''
  return { profileType: profileTypes[profile.kind], localhostRef }
}

/** `SIGRTMIN+3` is `SIGRTMINPLUS3` on the wire. */
function signalToWire(name: string): wire.Signal {
  return name.replace('+', 'PLUS').replace('-', 'MINUS') as wire.Signal
}

export function authToWire(auth: RegistryAuth): Outgoing<wire.AuthConfig> {
  return auth
}

export function sandboxStateToWire(state: SandboxState): wire.PodSandboxState {
  return state === 'ready' ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY'
}

const containerStates = {
  created: 'CONTAINER_CREATED',
  running: 'CONTAINER_RUNNING',
  exited: 'CONTAINER_EXITED',
  unknown: 'CONTAINER_UNKNOWN',
} as const

export function containerStateToWire(state: ContainerState): wire.ContainerState {
  return containerStates[state]
}
