import type { Taint } from '#api'

/** A simulated machine, as plain data that a snapshot keeps. */
export interface SimNodeSpec {
  readonly name: string
  readonly cpus?: number
  readonly memoryBytes?: number
  readonly labels?: Readonly<Record<string, string>>
  /** The taints that its kubelet registers it with. */
  readonly taints?: readonly Taint[]
}
