import { type ResourceV1, toleratesDeviceTaint } from '#api'
import { parseTime } from '#machinery'

type Result = ResourceV1.DeviceRequestAllocationResult
type Taint = ResourceV1.DeviceTaint

/** Finds the taints that a device has now. */
export type TaintsOf = (device: Pick<Result, 'driver' | 'pool' | 'device'>) => readonly Taint[]

/**
 * When the pods of a claim have to go because of NoExecute taints of its devices; undefined where all are tolerated
 * for ever (upstream: claimEvictionTime).
 */
export function evictionMs(
  { status }: ResourceV1.ResourceClaim,
  taintsOf: TaintsOf,
): number | undefined {
  const times = (status?.allocation?.devices?.results ?? []).flatMap((result) =>
    taintsOf(result)
      .filter(({ effect }) => effect === 'NoExecute')
      .flatMap((taint) => leaveMs(taint, result.tolerations ?? []) ?? []),
  )
  return times.length > 0 ? Math.min(...times) : undefined
}

/** Only tolerations of this very effect count here, and of several the shortest. */
function leaveMs(
  taint: Taint,
  tolerations: readonly ResourceV1.DeviceToleration[],
): number | undefined {
  const used = tolerations.filter(
    (toleration) => toleration.effect === 'NoExecute' && toleratesDeviceTaint(toleration, taint),
  )
  if (used.some(({ tolerationSeconds }) => tolerationSeconds === undefined)) return undefined
  const seconds = used.map(({ tolerationSeconds = 0 }) => Math.max(0, tolerationSeconds))
  const sinceMs = parseTime(taint.timeAdded ?? '') ?? 0
  return sinceMs + (seconds.length > 0 ? Math.min(...seconds) : 0) * 1000
}
