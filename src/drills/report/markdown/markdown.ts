import { durationText, missText } from '../../judge/sentence.ts'
import type { DrillAdvice } from '../../model/advice.ts'
import type { DrillVerdict } from '../../model/objectives.ts'
import type { DrillCause, DrillReport, DrillResult } from '../../model/report.ts'
import { patchCommand } from '../patch-command.ts'
import { figuresText, verdictWords } from '../words.ts'

const signs: Readonly<Record<DrillVerdict, string>> = {
  pass: '✅',
  'at-risk': '⚠️',
  fails: '❌',
  skipped: '➖',
}

/**
 * Writes a report as Markdown for the comment of a pull request: a table of all drills, and below it what those
 * that did not pass lost, why, and what mends it. GitHub cuts comments at 65,536 characters; causes beyond the
 * first five of a drill are counted, not shown.
 */
export function markdownReport(report: DrillReport): string {
  const bad = report.drills.filter(({ verdict }) => verdict === 'fails' || verdict === 'at-risk')
  const guesses = report.assumptions.filter(({ source }) => source !== 'given')
  const lines = [
    `## ${signs[report.verdict]} knarr drill: ${verdictWords[report.verdict]}`,
    '',
    '| drill | verdict | requests lost | longest gap | Ready after | what happened |',
    '|---|---|---|---|---|---|',
    ...report.drills.map(rowOf),
    '',
    ...bad.flatMap(detailsOf),
    ...(guesses.length === 0
      ? []
      : [
          '<details><summary>What was taken for granted about the programs</summary>',
          '',
          ...guesses.map(({ text }) => `- ${escaped(text)}`),
          '',
          '</details>',
          '',
        ]),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function rowOf({ drill, verdict, sentence, worst }: DrillResult): string {
  const figures = worst?.figures
  return `| ${[
    escaped(drill),
    `${signs[verdict]} ${verdictWords[verdict]}`,
    figures ? `${figures.lost} of ${figures.sent}` : '',
    figures ? durationText(figures.longestGapMs) : '',
    figures ? durationText(figures.readyAfterMs) : '',
    escaped(sentence),
  ].join(' | ')} |`
}

function detailsOf({ drill, worst, missed, advice }: DrillResult): readonly string[] {
  if (!worst) return []
  const shown = worst.causes.slice(0, 5)
  const rest = worst.causes.length - shown.length
  return [
    `### ${escaped(drill)}`,
    '',
    ...missed.map((miss) => `- Missed: ${escaped(missText(miss))}`),
    ...shown.map((cause) => `- ${escaped(cause.sentence)}${placeOf(cause)}`),
    ...(rest > 0 ? [`- and ${rest} more`] : []),
    '',
    ...(advice ? adviceOf(advice) : []),
    'Again:',
    '',
    ...fenced(worst.replay, 'sh'),
  ]
}

function placeOf({ object }: DrillCause): string {
  return object?.at ? ` (${code(`${object.at.file}:${object.at.line}`)})` : ''
}

function adviceOf(advice: DrillAdvice): readonly string[] {
  return [
    `**Advice:** ${escaped(advice.sentence)}`,
    '',
    `| | worst of ${advice.runs} runs |`,
    '|---|---|',
    `| before | ${figuresText(advice.before)} |`,
    `| after | ${figuresText(advice.after)} |`,
    '',
    ...fenced(advice.patches.map(patchCommand).join('\n'), 'sh'),
  ]
}

/** Puts text into a block of code that nothing in the text ends. */
function fenced(text: string, language: string): readonly string[] {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return [`${fence}${language}`, text, fence, '']
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`
}

/** Takes from text what Markdown and HTML would read, and what would end a cell of a table. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|~@#]/g, (sign) => `\\${sign}`)
    .replace(/\s+/g, ' ')
}
