import { missText } from '../../judge/sentence.ts'
import type { DrillVerdict } from '../../model/objectives.ts'
import type { DrillReport, DrillResult } from '../../model/report.ts'
import { patchCommand } from '../patch-command.ts'
import { figuresText, verdictWords } from '../words.ts'
import { drawDrillTimeline } from './draw-timeline.ts'
import { wrapped } from './wrap.ts'

/** How a report is printed. */
export interface TerminalOptions {
  /** In columns; default 100. */
  readonly width?: number
  readonly isColoured?: boolean
  /** Whether the timeline of the worst run is drawn below each drill. */
  readonly hasTimeline?: boolean
}

const colours: Readonly<Record<DrillVerdict, number>> = {
  pass: 32,
  'at-risk': 33,
  fails: 31,
  skipped: 2,
}

/** Prints a report for a terminal: a line or a few for each drill. */
export function terminalReport(report: DrillReport, options: TerminalOptions = {}): string {
  const { width = 100, isColoured = false } = options
  const paint = (code: number, text: string) =>
    isColoured ? `\u001b[${code}m${text}\u001b[0m` : text
  const nameWidth = Math.max(...report.drills.map(({ drill }) => drill.length))
  const lines = report.drills.flatMap((result) => {
    const { drill, verdict } = result
    const head = `${paint(colours[verdict], verdictWords[verdict].padEnd(7))}  ${paint(1, drill.padEnd(nameWidth))}  `
    const indent = ' '.repeat(nameWidth + 11)
    const [first = '', ...rest] = bodyOf(result).flatMap((text) =>
      wrapped(text, width - indent.length),
    )
    const text = [`${head}${first}`, ...rest.map((line) => `${indent}${line}`)]
    // Commands are to be copied, and therefore not broken.
    const commands = commandsOf(result).map((line) => `    ${line}`)
    const timeline =
      options.hasTimeline && result.worst ? drawDrillTimeline(result.worst.timeline, width) : []
    return [...text, ...commands, ...timeline]
  })
  return `${[...lines, '', ...wrapped(footOf(report), width)].join('\n')}\n`
}

function bodyOf(result: DrillResult): readonly string[] {
  const { verdict, sentence, distribution, worst, missed, advice, varied } = result
  if (verdict === 'skipped' || !worst || !distribution) return [sentence]
  const runs = `${distribution.runs} ${distribution.runs === 1 ? 'run' : 'runs'}`
  const bad = distribution.missed > 0 ? `, ${distribution.missed} of them miss` : ''
  return [
    `${figuresText(worst.figures)} at worst in ${runs}${bad}`,
    sentence,
    ...(missed.length > 0 ? [`Missed: ${missed.map(missText).join('; ')}.`] : []),
    ...(advice
      ? [
          `Advice: ${advice.sentence}`,
          `  with it: ${figuresText(advice.after)} at worst in ${advice.runs} runs`,
        ]
      : []),
    ...varied.flatMap(({ changesFrom, text }) =>
      changesFrom === undefined ? [] : [`Depends: ${text}`],
    ),
  ]
}

/** What changes the manifest as advised, and what repeats the run. */
function commandsOf({ advice, verdict, worst }: DrillResult): readonly string[] {
  const patches = (advice?.patches ?? []).flatMap((patch) => patchCommand(patch).split('\n'))
  const isShown = worst && (verdict === 'fails' || verdict === 'at-risk')
  return [...patches, ...(isShown ? [worst.replay] : [])]
}

function footOf({ assumptions, input }: DrillReport): string {
  const guesses = assumptions.filter(({ source }) => source === 'guess').length
  const { nodes, services, ratePerSecond } = input
  return `${nodes.length} nodes, ${services.length} ports of Services with ${ratePerSecond} requests a second each; ${guesses} guesses about programs: --output json says which, --behaviours FILE overrides them.`
}
