import type { Service } from '#api'

/**
 * Marks the Service of the cluster's DNS, which every node answers itself. A Service of the same name
 * without it is somebody else's, as of a chart that brings its own DNS, and is routed as any other.
 */
const nodeDnsAnnotation = 'knarr.dev/served-by'

/** Whether a Service is that of the cluster's own DNS. */
export function isNodeDnsService({ metadata }: Service): boolean {
  return metadata?.annotations?.[nodeDnsAnnotation] === 'node'
}
