/** Limits of a sandbox or container as the runtime writes them into cgroups. Absent means unset. */
export interface LinuxResources {
  readonly cpuPeriodUs?: number
  /** -1 lifts the limit. */
  readonly cpuQuotaUs?: number
  readonly cpuShares?: number
  readonly memoryLimitBytes?: number
  /** Memory and swap together. */
  readonly memorySwapLimitBytes?: number
  readonly oomScoreAdj?: number
  /** As in `0-3,7`. */
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  readonly hugepageLimits?: readonly HugepageLimit[]
  /** Files of cgroup v2 to their content. */
  readonly unified?: Readonly<Record<string, string>>
}

/** A limit of a cgroup for huge pages of one size. */
export interface HugepageLimit {
  /** As the kernel names it: `2MB`, `1GB`. */
  readonly pageSize: string
  readonly limitBytes: number
}

/** Whose namespace a container runs in. */
export type NamespaceMode = 'pod' | 'container' | 'node' | 'target'

/** Namespace options say which namespaces of the kernel a container shares, and with whom. */
export interface NamespaceOptions {
  readonly network: 'pod' | 'node'
  readonly pid: NamespaceMode
  readonly ipc: 'pod' | 'node'
  /** The container whose PID namespace is joined; only with `pid: 'target'`. */
  readonly targetId?: string
  /** Absent: the node's user namespace. */
  readonly user?: UserNamespace
}

/** A user namespace maps the users of a pod to users of the node. */
export interface UserNamespace {
  readonly mode: 'pod' | 'node'
  readonly uids: readonly IdMapping[]
  readonly gids: readonly IdMapping[]
}

/** A range of user or group ids inside a container, and where it begins on the node. */
export interface IdMapping {
  readonly hostId: number
  readonly containerId: number
  readonly length: number
}

/** A seccomp or AppArmor profile. */
export type SecurityProfile =
  | { readonly kind: 'runtimeDefault' }
  | { readonly kind: 'unconfined' }
  /** Seccomp: an absolute path on the node. AppArmor: the name of a loaded profile. */
  | { readonly kind: 'localhost'; readonly ref: string }

/** The SELinux label of a process; empty parts are left to the runtime. */
export interface SelinuxOptions {
  readonly user: string
  readonly role: string
  readonly type: string
  readonly level: string
}

/** What sandbox and container have in common. */
export interface SecurityContext {
  readonly namespaces: NamespaceOptions
  readonly privileged: boolean
  readonly readonlyRootfs: boolean
  readonly selinux?: SelinuxOptions
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly supplementalGroups?: readonly number[]
  /** `merge` adds the groups that the image's /etc/group gives the user. Default `merge`. */
  readonly supplementalGroupsPolicy?: 'merge' | 'strict'
  readonly seccomp?: SecurityProfile
  readonly apparmor?: SecurityProfile
}

/** A security context of a container adds to what it shares with its sandbox what only processes have. */
export interface ContainerSecurityContext extends SecurityContext {
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] }
  /** A name from the image's /etc/passwd, for images that declare their user by name. */
  readonly runAsUsername?: string
  readonly noNewPrivileges: boolean
  /** Empty with `procMount: Unmasked`; absent leaves the runtime's default. */
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
}
