import type { LinuxResources, NamespaceOptions, SecurityContext } from './linux.ts'

/** Names a sandbox among all attempts of a pod; the runtime refuses a second sandbox of that name. */
export interface SandboxMetadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly attempt: number
}

/** The resolver settings of a sandbox, which the runtime writes into its `/etc/resolv.conf`. */
export interface DnsConfig {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

/** A port of the node whose connections are forwarded to a port of the sandbox. */
export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly containerPort: number
  readonly hostPort: number
  /** Empty: every address of the node. */
  readonly hostIp: string
}

/** A sandbox configuration says all that the runtime must know to run a sandbox for a pod. */
export interface SandboxConfig {
  readonly metadata: SandboxMetadata
  /** Empty when the pod uses the node's network. */
  readonly hostname: string
  /** Absolute path on the node; container log paths are relative to it. */
  readonly logDirectory: string
  /** Absent: the node's own resolver settings. */
  readonly dnsConfig?: DnsConfig
  readonly portMappings?: readonly PortMapping[]
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** The RuntimeClass's handler; absent or empty is the runtime's default. */
  readonly runtimeHandler?: string
  readonly linux: SandboxLinuxConfig
}

/** The part of a sandbox configuration that only Linux has: cgroup, privileges and sysctls. */
export interface SandboxLinuxConfig {
  /** The pod's cgroup, relative to each hierarchy's root; empty leaves it to the runtime. */
  readonly cgroupParent: string
  readonly securityContext: SecurityContext
  readonly sysctls?: Readonly<Record<string, string>>
  readonly overhead?: LinuxResources
  readonly resources?: LinuxResources
}

/** The state of a sandbox. `notReady` is final: it was stopped, or its init process died. */
export type SandboxState = 'ready' | 'notReady'

/** A sandbox as lists show it. */
export interface Sandbox {
  readonly id: string
  readonly metadata: SandboxMetadata
  readonly state: SandboxState
  readonly createdAtMs: number
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly runtimeHandler: string
}

/** A sandbox status is a sandbox with what only the runtime knows: its addresses and namespaces. */
export interface SandboxStatus extends Sandbox {
  /** The pod's addresses, the primary one first; empty on the node's network or when stopped. */
  readonly ips: readonly string[]
  readonly namespaces: NamespaceOptions
}

/** All given fields must match. */
export interface SandboxFilter {
  readonly id?: string
  readonly state?: SandboxState
  /** Labels that must have these values. */
  readonly labels?: Readonly<Record<string, string>>
}
