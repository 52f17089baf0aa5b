import type { Clock, Logger } from '#lib'

/** The bridge network of a node's pods. */
export interface BridgeNetwork {
  /** The node's pod ranges: one, or one per address family. */
  readonly podCidrs: readonly string[]
  /** At most 15 characters; also names the network. */
  readonly bridge: string
  /** Default: what the kernel gives. */
  readonly mtu?: number
  /** Whether what leaves the bridge takes the node's address. Default true. */
  readonly masquerade?: boolean
}

/** Where images of one registry are pulled from. */
export interface RegistryMirror {
  /** `docker.io`, for one; `*` stands for every registry without an entry of its own. */
  readonly registry: string
  /** Tried in this order: `http://127.0.0.1:5000`, for one. */
  readonly endpoints: readonly string[]
  /** Whether the registry itself is asked when no mirror has the image. */
  readonly fallback: boolean
  /** Put before the repositories' names when a mirror is asked. */
  readonly repositoryPrefix?: string
}

/** How one registry or mirror is talked to. */
export interface RegistryAccess {
  /** As in the URL: `registry.example.com:5000`. */
  readonly host: string
  readonly auth?: {
    readonly username?: string
    readonly password?: string
    /** `USERNAME:PASSWORD` in base64. */
    readonly auth?: string
    readonly identityToken?: string
  }
  /** Paths of PEM files. */
  readonly tls?: {
    readonly caFile?: string
    readonly certFile?: string
    readonly keyFile?: string
    readonly insecureSkipVerify?: boolean
  }
}

/** Options of a private containerd: where it stands, its network, and where its images come from. */
export interface ContainerdOptions {
  /** Everything stands below `dataDir`/containerd. One containerd per data directory. */
  readonly dataDir: string
  readonly network: BridgeNetwork
  readonly mirrors?: readonly RegistryMirror[]
  readonly registries?: readonly RegistryAccess[]
  /** Default: an image made here, which needs no registry. */
  readonly sandboxImage?: string
  /** Path of a network namespace to run in, for several nodes on one machine. */
  readonly netns?: string
  /** Where the streaming server listens. Default 127.0.0.1; inside `netns`, an address that is reached from outside. */
  readonly streamAddress?: string
  readonly clock: Clock
  readonly log: Logger
}
