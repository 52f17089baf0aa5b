import type { ObjectReader } from '#apiserver'
import type { Resource, Stored } from '#machinery'

/** A container whose last words `why` shows. */
export interface ContainerRun {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** Whether the run before the present one is meant, as with `kubectl logs --previous`. */
  readonly previous: boolean
}

/** What a cluster holds at this moment, which `why` reads to tell what blocks an object now. */
export interface Present {
  readonly objects: Pick<ObjectReader, 'get' | 'list'>
  readonly served: { readonly all: readonly Resource[] }
  /** Wall time in the cluster, in milliseconds. */
  readonly nowMs: number
  /** Returns what was seen when an Event was written, where the log knows more than its message says. */
  readonly seenAt?: (event: Stored) => string | undefined
  /** Returns the last lines that a container wrote, oldest first; empty where they cannot be had. */
  readonly lastLines?: (run: ContainerRun) => readonly string[]
}

/** Something that keeps an object from going on, and what in turn lies behind it. */
export interface Blocker {
  readonly text: string
  /** When it began, in the cluster's wall time. */
  readonly wallMs?: number
  readonly behind?: readonly Blocker[]
}
