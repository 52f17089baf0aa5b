export { type BackOff, createBackOff } from './async/back-off.ts'
export { type Channel, createChannel } from './async/channel.ts'
export { createFlag, type Flag } from './async/flag.ts'
export { finishing, mapped, opening } from './async/iteration.ts'
export { type LinkedAbort, limited, linkedAbort } from './async/linked-abort.ts'
export { atOnce, inTurns, type Steps } from './async/steps.ts'
export { createWorkQueue, type WorkQueue } from './async/work-queue.ts'
export { createWorkQueueMetrics, type WorkQueueMetrics } from './async/work-queue-metrics.ts'
export { type Derived, derived, derivedFromLast } from './base/derived.ts'
export { invariant, KnarrError, messageOf, TerminalError } from './base/errors.ts'
export { createHeap, type Heap } from './base/heap.ts'
export { andThen, inTurn, type MaybePromise } from './base/maybe-promise.ts'
export { memoized } from './base/memoized.ts'
export { aborted, onAbort } from './base/on-abort.ts'
export {
  type Random,
  type RandomState,
  randomInt,
  restoreRandom,
  type SeededRandom,
  seededRandom,
} from './base/random.ts'
export { cutText, ownBytes, ownText, withoutTrailing } from './base/text.ts'
export { type Clock, sleepOn } from './clock/clock.ts'
export {
  createVirtualClock,
  type VirtualClock,
  type VirtualClockOptions,
  type VirtualClockState,
} from './clock/virtual-clock.ts'
export { isClockStep } from './clock/virtual-drive.ts'
export {
  type DerValue,
  der,
  derBits,
  derInteger,
  derOid,
  derParts,
  derTag,
  derTime,
  oidOf,
  parseDer,
} from './der/der.ts'
export { pemBlocks, pemOf } from './der/pem.ts'
export {
  createLogger,
  type LogFields,
  type Logger,
  type LogLevel,
  type LogLine,
  silentLogger,
} from './log.ts'
export {
  type Counter,
  createMetricRegistry,
  type Gauge,
  type Histogram,
  type Labelled,
  type MetricFacts,
  type MetricRegistry,
  type MetricStability,
  type ObservedValue,
} from './metrics/registry.ts'
export { systemClock } from './real/system-clock.ts'
export { secretBytes, systemRandom } from './real/system-random.ts'
export type { ByteSink, ByteStream, StreamSession } from './streams.ts'
