/** How the main process of a container behaves, read and checked. Times in milliseconds. */
export interface Behaviour {
  /** `namespace/pod/container`, for what it says. */
  readonly owner: string
  /** Where it listens; on every port when there is none. */
  readonly ports: readonly number[]
  /** Those of its probes and hooks that it does not declare. */
  readonly askedPorts: readonly number[]
  readonly startupMs: number
  /** Whether it is ready, from each instant on since it listens; ready before the first. */
  readonly ready: readonly { readonly fromMs: number; readonly isReady: boolean }[]
  readonly exitAfterMs: number | undefined
  readonly exitCode: number
  readonly memoryBytes: number
  readonly memoryBytesPerMs: number
  readonly memoryLimitBytes: number | undefined
  readonly cpuCores: number
  readonly onTerm: Termination
  readonly latencyMs: number
  /** Statuses by path; the longest prefix counts. */
  readonly answers: readonly (readonly [path: string, status: number])[]
  /** What it answers as an admission webhook. */
  readonly admission: AdmissionAnswer | undefined
  /** JSON patches by the version that they make, as a conversion webhook. */
  readonly conversion: Readonly<Record<string, readonly unknown[]>> | undefined
  readonly failExec: string | undefined
  readonly startError: string | undefined
  readonly image: 'missing' | 'forbidden' | 'slow' | undefined
  readonly imageSizeBytes: number | undefined
  /** The user whom its image names. */
  readonly imageUser: number | undefined
  /** The image is a bare system, such as debian or busybox: it has the programs of one, and no other. */
  readonly isBareSystem: boolean
  /** Whether the image's `sh` is busybox's. */
  readonly hasBusybox: boolean
  /** Programs of the image that are simulated beside the usual ones, by their names. */
  readonly programs: ReadonlySet<string>
}

/** What an admission webhook says, whatever it is asked. */
export type AdmissionAnswer =
  | { readonly kind: 'allow' }
  | { readonly kind: 'warn' | 'deny'; readonly text: string }
  | { readonly kind: 'patch'; readonly patch: readonly unknown[] }

export type Termination =
  | { readonly kind: 'drain'; readonly ms: number }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'exit'; readonly code: number }

/** What a behaviour is read for. */
export interface BehaviourTarget {
  readonly annotations: Readonly<Record<string, string>>
  readonly container: string
  readonly namespace: string
  readonly pod: string
  readonly labels: Readonly<Record<string, string>>
  readonly image: string
  readonly ports: readonly number[]
  /** Those that its probes and hooks ask. */
  readonly askedPorts?: readonly number[]
  /** The pod waits for its end, as for that of an init container. */
  readonly runsToEnd?: boolean
  readonly memoryLimitBytes?: number
  readonly rules?: BehaviourRules
}

/** The rules of a behaviour file, of which the first that matches a container counts. */
export type BehaviourRules = readonly BehaviourRule[]

export interface BehaviourRule {
  readonly match: BehaviourMatch
  /** Values by key, as annotations would give them. */
  readonly behaviour: Readonly<Record<string, string>>
}

/** All given members must match; `*` in a text stands for anything. */
export interface BehaviourMatch {
  readonly image?: string
  readonly namespace?: string
  readonly pod?: string
  readonly container?: string
  readonly labels?: Readonly<Record<string, string>>
}
