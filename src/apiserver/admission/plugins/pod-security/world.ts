import type { Clock } from '#lib'
import type { ObjectReader } from '../../../cache/object-reader.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import type { Verdict } from './verdict.ts'

/** What the plugin goes by. */
export interface PodSecurityWorld {
  readonly configuration: PodSecurityConfiguration
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly objects: ObjectReader
}

/** Nothing is said. */
export const allowed: Verdict = { warnings: [], annotations: {} }

/** Nothing is asked of it. */
export function exempt(reason: 'namespace' | 'user' | 'runtimeClass'): Verdict {
  return { warnings: [], annotations: { exempt: reason } }
}
