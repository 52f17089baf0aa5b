import { durationText } from '../../judge/sentence.ts'
import type { DrillTimeline } from '../../model/timeline.ts'

/** Where an instant lies on the axis of a timeline. */
export interface Axis {
  /** The share of the width, in per cent with two digits, of an instant within the timeline. */
  readonly at: (ms: number) => number
  /** `left:…%;width:…%` of a stretch; null lasts to the end. */
  readonly stretch: (fromMs: number, toMs: number | null) => string
  /** Round instants to write below the lanes, in order. */
  readonly ticks: readonly number[]
}

/** Steps between ticks that people read at a glance, in milliseconds. */
const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000,
  300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
]

/** Makes the axis of a timeline, with at most six ticks, which a phone has room for. */
export function axisOf({ fromMs, toMs }: Pick<DrillTimeline, 'fromMs' | 'toMs'>): Axis {
  const lengthMs = Math.max(1, toMs - fromMs)
  const at = (ms: number) =>
    Math.round(((Math.min(Math.max(ms, fromMs), toMs) - fromMs) / lengthMs) * 10_000) / 100
  const step = steps.find((each) => lengthMs / each <= 5) ?? Math.ceil(lengthMs / 5)
  const ticks: number[] = []
  for (let tick = Math.ceil(fromMs / step) * step; tick <= toMs; tick += step) ticks.push(tick)
  return {
    at,
    stretch: (from, to) => {
      const left = at(from)
      return `left:${left}%;width:${Math.round((at(to ?? toMs) - left) * 100) / 100}%`
    },
    ticks,
  }
}

/** Writes an instant of a timeline: `0`, `+5 s`, `−200 ms`; zero is the disturbance. */
export function instantText(ms: number): string {
  if (ms === 0) return '0'
  return `${ms < 0 ? '−' : '+'}${durationText(Math.abs(ms))}`
}

/** Writes a stretch of a timeline: `−200 ms to +5 s`; null lasts to the end. */
export function stretchText(fromMs: number, toMs: number | null): string {
  return `${instantText(fromMs)} to ${toMs === null ? 'the end' : instantText(toMs)}`
}
