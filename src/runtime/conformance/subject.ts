import type { Clock } from '#lib'
import type { Runtime } from '../model/runtime.ts'

/** What a runtime may lack; each leaves some tests out. */
export type OptionalAbility =
  /** Commands' output: logs, and what exec prints. */
  | 'output'
  | 'stats'
  | 'streams'
  | 'terminal'
  /** Streams whose input can end without a terminal. */
  | 'stdinEnd'
  | 'events'
  | 'network'

/** One runtime under test, and the world around it. */
export interface RuntimeHarness extends AsyncDisposable {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly lacks: ReadonlySet<OptionalAbility>
  /** Can be pulled; has `sh`, `sleep`, `true`, `false`, `echo`, `cat`, `httpd` (as busybox does). */
  readonly image: string
  /** Another image that can be pulled and that nothing else uses. */
  readonly spareImage: string
  /** Cannot be pulled, because its registry does not have it. */
  readonly missingImage: string
  /** Where the cgroups of pods go, as in `SandboxLinuxConfig`. */
  readonly cgroupRoot: string
  /** A directory of its own for the logs of a pod; made. */
  logDirectory(pod: string): Promise<string>
  readLog(path: string): Promise<string>
  renameLog(from: string, to: string): Promise<void>
  /** Lets time pass until the promise settles. A world on wall time returns it as it is. */
  run<T>(work: Promise<T>): Promise<T>
}
