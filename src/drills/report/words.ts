import { durationText } from '../judge/sentence.ts'
import type { DrillFigures } from '../model/figures.ts'
import type { DrillVerdict } from '../model/objectives.ts'
import type { DrilledObject } from '../model/objects.ts'

/** What each verdict is called in reports that people read. */
export const verdictWords: Readonly<Record<DrillVerdict, string>> = {
  pass: 'pass',
  'at-risk': 'at risk',
  fails: 'fails',
  skipped: 'skipped',
}

/** Says figures in one line: `3 of 600 requests lost, 205 ms without an answer, Ready after 5 s`. */
export function figuresText({
  lost,
  sent,
  longestGapMs,
  readyAfterMs,
  restarts,
  unfinished,
}: DrillFigures): string {
  return [
    `${lost} of ${sent} requests lost`,
    longestGapMs > 0 ? `${durationText(longestGapMs)} without an answer` : 'no gap',
    readyAfterMs === null ? 'not Ready again' : `Ready after ${durationText(readyAfterMs)}`,
    ...(restarts > 0 ? [`${restarts} restarts`] : []),
    ...(unfinished > 0 ? ['it came to no end'] : []),
  ].join(', ')
}

/** Names an object as kubectl does: `deployment.apps/web`, `service/web`. */
export function objectText({ apiVersion, kind, name }: DrilledObject): string {
  return `${resourceText({ apiVersion, kind })}/${name}`
}

/** Names a kind as kubectl's commands take it: `deployment.apps`, `service`. */
export function resourceText({ apiVersion, kind }: Pick<DrilledObject, 'apiVersion' | 'kind'>) {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : []
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}`
}
