import { formatMicroTime } from '#machinery'
import { formatOffset } from './entries/format-entry.ts'
import type { WhyStep } from './why.ts'

/** These say more of the step before them, and lead to no further one. */
const remarks: ReadonlySet<WhyStep['kind']> = new Set(['trigger', 'warning', 'blocker', 'refusal'])

/** Formats a chain of causes as indented text; each time is absolute, and relative to the root of the chain. */
export function formatWhy(steps: readonly WhyStep[]): string {
  const rootMs = steps.findLast(({ wallMs }) => wallMs !== undefined)?.wallMs ?? 0
  let depth = -1
  const lines = steps.map(({ kind, text: words, wallMs, depth: behind = 0 }) => {
    const isRemark = remarks.has(kind)
    if (!isRemark) depth++
    const indent = '  '.repeat(Math.max(0, depth) + (isRemark ? 1 : 0) + behind)
    const text = kind === 'blocker' && behind === 0 ? `blocked: ${words}` : words
    const time =
      wallMs === undefined
        ? ''
        : ` [${formatOffset(wallMs - rootMs)}, ${formatMicroTime(wallMs).slice(0, 23)}Z]`
    return `${indent}${text}${time}\n`
  })
  return lines.join('')
}
