/** What decides the nodes that this machine stands for. */
export interface MachineOptions {
  /** Everything of the nodes is below it; two clusters on one machine have different ones. */
  readonly dataDir: string
  /** How many nodes: the machine itself, and network namespaces for the others. */
  readonly nodes: number
  /** The network of all pods, or one of each family by comma: every node takes a /24 or a /64 of each. */
  readonly podCidr: string
  readonly clusterDomain: string
  /** Where pods ask for names, and whether the nodes answer there themselves. */
  readonly dns: { readonly addresses: readonly string[]; readonly isOwn: boolean }
  /** Each `REGISTRY=URL`, as `parseRegistryMirror` reads it. */
  readonly registryMirrors: readonly string[]
  /** The path of a `registries.yaml` as k3s reads it. */
  readonly registriesFile?: string
  /** A CRI endpoint that is used in place of a private containerd. */
  readonly containerRuntimeEndpoint?: string
}
