import { parseTime } from '#machinery'
import type { PodInfo } from '../model/pod-info.ts'

/** Sorts by priority, then by who has run longer: the first is to be spared most. */
export function moreImportant(a: PodInfo, b: PodInfo, nowMs: number): number {
  return b.priority - a.priority || startMs(a, nowMs) - startMs(b, nowMs)
}

/** When the pod started; one that has not yet, starts now. */
export function startMs({ pod }: PodInfo, nowMs: number): number {
  const { startTime } = pod.status ?? {}
  return (startTime && parseTime(startTime)) || nowMs
}
