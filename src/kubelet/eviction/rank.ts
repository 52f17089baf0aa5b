/** What eviction knows of a pod. */
export interface PodUse {
  readonly uid: string
  readonly priority: number
  readonly requestBytes: number
  readonly usedBytes: number
  readonly containers: readonly ContainerUse[]
}

export interface ContainerUse {
  readonly name: string
  readonly requestBytes: number
  readonly usedBytes: number
}

/**
 * The pods in the order in which they would be evicted for want of a resource: those that use more
 * than they asked for, then lower priority, then who is furthest above its request (upstream:
 * rankMemoryPressure, rankDiskPressureFunc).
 */
export function inOrderOfEviction(pods: readonly PodUse[]): readonly PodUse[] {
  const exceeds = ({ usedBytes, requestBytes }: PodUse) => usedBytes > requestBytes
  const above = ({ usedBytes, requestBytes }: PodUse) => usedBytes - requestBytes
  return pods.toSorted(
    (a, b) =>
      Number(exceeds(b)) - Number(exceeds(a)) || a.priority - b.priority || above(b) - above(a),
  )
}
