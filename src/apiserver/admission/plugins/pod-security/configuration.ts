import type { PodSecurityPolicy } from './levels.ts'

/** What the plugin goes by where a namespace says nothing, and whom it lets do as they like. */
export interface PodSecurityConfiguration {
  readonly defaults: PodSecurityPolicy
  readonly exemptions: {
    readonly usernames: readonly string[]
    readonly namespaces: readonly string[]
    readonly runtimeClasses: readonly string[]
  }
}

const privileged = { level: 'privileged', version: 'latest' } as const

/** Upstream's defaults: nothing is asked for, and nobody exempt. */
export const podSecurityDefaults: PodSecurityConfiguration = {
  defaults: { enforce: privileged, audit: privileged, warn: privileged },
  exemptions: { usernames: [], namespaces: [], runtimeClasses: [] },
}
