import type { DrillFigures } from '../model/figures.ts'
import type { MissedObjective } from '../model/objectives.ts'
import type { ShownRun } from '../model/report.ts'

/** Says in one sentence what came of a drill: what was missed and why, or that all is well. */
export function sentenceOf(
  { figures, causes, case: name }: Pick<ShownRun, 'figures' | 'causes' | 'case'>,
  missed: readonly MissedObjective[],
): string {
  const cause = causes.find(({ id }) => id === 'unfinished' || id === 'no-pod') ?? causes[0]
  if (missed.length === 0) return wellText(figures)
  if (!cause) return `${missed.map(missText).join('; ')} (${name}).`
  return `${capital(cause.sentence)} (${name}).`
}

function wellText({ lost, sent, readyAfterMs }: DrillFigures): string {
  const requests =
    lost === 0 ? `All ${sent} requests were answered` : `${lost} of ${sent} requests were lost`
  const ready = readyAfterMs ? `, all was Ready again after ${durationText(readyAfterMs)}` : ''
  return `${requests}${ready}.`
}

/** Says how an objective was missed. */
export function missText({ objective, allowed, measured }: MissedObjective): string {
  switch (objective) {
    case 'maxLost':
      return `${measured} requests lost, ${allowed} allowed`
    case 'maxGapMs':
      return `${durationText(measured)} without an answer, ${durationText(allowed)} allowed`
    case 'recoverWithinMs':
      return `requests lost for ${durationText(measured)}, ${durationText(allowed)} allowed`
    case 'readyWithinMs':
      return measured === null
        ? `not Ready again, ${durationText(allowed)} allowed`
        : `Ready after ${durationText(measured)}, ${durationText(allowed)} allowed`
    case 'maxRestarts':
      return `${measured} restarts, ${allowed} allowed`
    case 'maxUnfinished':
      return 'the drill came to no end'
  }
}

/** Writes milliseconds as people do: `350 ms`, `12.3 s`, `5 min 50 s`; `never` for null. */
export function durationText(ms: number | null): string {
  if (ms === null) return 'never'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`
  const seconds = Math.round(ms / 1000)
  const rest = seconds % 60
  return `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ''}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
