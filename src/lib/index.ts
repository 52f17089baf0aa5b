export { type BackOff, createBackOff } from './back-off.ts'
export { type Channel, createChannel } from './channel.ts'
export { type Clock, sleepOn } from './clock.ts'
export { type Derived, derived, derivedFromLast } from './derived.ts'
export { invariant, KnarrError, messageOf, TerminalError } from './errors.ts'
export { createFlag, type Flag } from './flag.ts'
export { createHeap, type Heap } from './heap.ts'
export { finishing, mapped, opening } from './iteration.ts'
export { type LinkedAbort, limited, linkedAbort } from './linked-abort.ts'
export {
  createLogger,
  type LogFields,
  type Logger,
  type LogLevel,
  type LogLine,
  silentLogger,
} from './log.ts'
export { andThen, inTurn, type MaybePromise } from './maybe-promise.ts'
export { memoized } from './memoized.ts'
export { aborted, onAbort } from './on-abort.ts'
export {
  type Random,
  type RandomState,
  randomInt,
  restoreRandom,
  type SeededRandom,
  seededRandom,
} from './random.ts'
export { systemClock } from './real/system-clock.ts'
export { secretBytes, systemRandom } from './real/system-random.ts'
export type { ByteSink, ByteStream, StreamSession } from './streams.ts'
export {
  createVirtualClock,
  type VirtualClock,
  type VirtualClockOptions,
  type VirtualClockState,
} from './virtual-clock.ts'
export { isClockStep } from './virtual-drive.ts'
export { createWorkQueue, type WorkQueue } from './work-queue.ts'
