import type { Clock } from '#lib'
import type { ObjectReader } from '../../../cache/object-reader.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import type { PodSecurityVerdict } from './verdict.ts'

/** What the plugin goes by. */
export interface PodSecurityWorld {
  readonly configuration: PodSecurityConfiguration
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly objects: ObjectReader
}

/** Nothing is said. */
export const allowed: PodSecurityVerdict = { warnings: [], annotations: {} }

/** Nothing is asked of it. */
export function exempt(reason: 'namespace' | 'user' | 'runtimeClass'): PodSecurityVerdict {
  return { warnings: [], annotations: { exempt: reason } }
}
