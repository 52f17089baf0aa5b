import type { Pod } from '#api'
import { goQuote, type Stored } from '#machinery'
import { ConfigError } from './errors.ts'

export interface FieldSources {
  readonly pod: Stored<Pod>
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
  readonly nodeName: string
}

/** The value of a downward API field path (upstream: podFieldSelectorRuntimeValue). */
export function fieldValue(path: string, sources: FieldSources): string {
  const { pod, podIps, hostIps, nodeName } = sources
  const { metadata, spec } = pod
  const subscripted = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (subscripted) {
    const map = subscripted[1] === 'labels' ? metadata.labels : metadata.annotations
    return map?.[subscripted[2] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid
    case 'metadata.labels':
      return formatMap(metadata.labels)
    case 'metadata.annotations':
      return formatMap(metadata.annotations)
    case 'spec.nodeName':
      return spec?.nodeName ?? nodeName
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? ''
    case 'status.hostIP':
      return hostIps[0] ?? ''
    case 'status.hostIPs':
      return hostIps.join(',')
    case 'status.podIP':
      return podIps[0] ?? ''
    case 'status.podIPs':
      return podIps.join(',')
    default:
      throw new ConfigError(`unsupported fieldPath: ${path}`)
  }
}

/** Lines `key="value"`, sorted, as the downward API volume writes labels and annotations. */
export function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join('\n')
}
