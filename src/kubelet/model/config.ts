/** What a kubelet can be told. Times in milliseconds; defaults are KubeletConfiguration's. */
export interface KubeletConfig {
  readonly nodeName: string
  /** Addresses under which the node is reached; the first is its InternalIP. */
  readonly nodeIps: readonly string[]
  readonly nodeLabels: Readonly<Record<string, string>>
  readonly registerWithTaints: readonly {
    readonly key: string
    readonly value?: string
    readonly effect: string
  }[]
  /** The node's part of the pods' network, where it is known before it registers. */
  readonly podCidrs?: readonly string[]
  /** `v1.36.x+knarr` */
  readonly version: string
  readonly maxPods: number
  /** Highest number of processes of one pod; undefined leaves it to the node. */
  readonly podPidsLimit?: number
  readonly nodeStatusUpdateMs: number
  readonly nodeStatusReportMs: number
  readonly leaseDurationSeconds: number
  readonly containerLogMaxBytes: number
  readonly containerLogMaxFiles: number
  readonly imageHighThresholdPercent: number
  readonly imageLowThresholdPercent: number
  /** Set aside for the system, by resource name, as quantities. */
  readonly reserved: Readonly<Record<string, string>>
  readonly evictionHard: Readonly<Record<string, string>>
}

/** The defaults of a kubelet's configuration are those of upstream's KubeletConfiguration. */
export const kubeletDefaults: Omit<KubeletConfig, 'nodeName' | 'nodeIps' | 'version'> = {
  nodeLabels: {},
  registerWithTaints: [],
  maxPods: 110,
  nodeStatusUpdateMs: 10_000,
  nodeStatusReportMs: 300_000,
  leaseDurationSeconds: 40,
  containerLogMaxBytes: 10 * 1024 * 1024,
  containerLogMaxFiles: 5,
  imageHighThresholdPercent: 85,
  imageLowThresholdPercent: 80,
  reserved: {},
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '10%',
    'nodefs.inodesFree': '5%',
    'imagefs.available': '15%',
  },
}
