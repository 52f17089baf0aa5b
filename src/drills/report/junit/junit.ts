import { missText } from '../../judge/sentence.ts'
import type { DrillCaseResult, DrillReport, DrillResult } from '../../model/report.ts'
import { patchCommand } from '../patch-command.ts'
import { figuresText } from '../words.ts'
import { xmlText } from '../xml.ts'

/**
 * Writes a report as JUnit XML, which CI systems show: a suite for each drill, a test for each of its cases. A case
 * in which runs missed an objective is a failed test, a drill that does not concern the manifest a skipped one.
 */
export function junitReport({ drills }: DrillReport): string {
  const suites = drills.map(suiteOf)
  const sum = (count: 'tests' | 'failures' | 'skipped') =>
    suites.reduce((total, suite) => total + suite[count], 0)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="knarr drill" tests="${sum('tests')}" failures="${sum('failures')}" errors="0" skipped="${sum('skipped')}">`,
    ...suites.flatMap(({ lines }) => lines),
    '</testsuites>',
    '',
  ].join('\n')
}

interface Suite {
  readonly tests: number
  readonly failures: number
  readonly skipped: number
  readonly lines: readonly string[]
}

function suiteOf(result: DrillResult): Suite {
  const name = xmlText(result.drill)
  const isSkipped = result.verdict === 'skipped' || result.cases.length === 0
  const tests = isSkipped ? 1 : result.cases.length
  const failures = isSkipped ? 0 : result.cases.filter(isFailed).length
  const skipped = isSkipped ? 1 : 0
  const cases = isSkipped
    ? [
        `    <testcase classname="${name}" name="${name}">`,
        `      <skipped message="${xmlText(result.sentence)}"/>`,
        '    </testcase>',
      ]
    : result.cases.flatMap((each) => caseOf(result, each))
  return {
    tests,
    failures,
    skipped,
    lines: [
      `  <testsuite name="${name}" tests="${tests}" failures="${failures}" errors="0" skipped="${skipped}">`,
      ...cases,
      '  </testsuite>',
    ],
  }
}

function isFailed({ verdict }: DrillCaseResult): boolean {
  return verdict === 'fails' || verdict === 'at-risk'
}

function caseOf(result: DrillResult, each: DrillCaseResult): readonly string[] {
  const at = placeOf(result)
  const file = at ? ` file="${xmlText(at.file)}" line="${at.line}"` : ''
  const head = `    <testcase classname="${xmlText(result.drill)}" name="${xmlText(each.case)}"${file}>`
  const figures = `      <system-out>${xmlText(figuresText(each.worst))}</system-out>`
  if (!isFailed(each)) return [head, figures, '    </testcase>']
  return [
    head,
    `      <failure type="${each.verdict}" message="${xmlText(failureOf(each))}">`,
    xmlText(explained(result)),
    '      </failure>',
    figures,
    '    </testcase>',
  ]
}

function failureOf({ missed, runs, worst }: DrillCaseResult): string {
  return `${missed} of ${runs} runs missed an objective: ${figuresText(worst)}`
}

/** The object at which the first cause lies, if the manifest holds it. */
function placeOf({ worst }: DrillResult) {
  return worst?.causes.find(({ object }) => object?.at)?.object?.at
}

/** What was found in the worst run of the drill, whichever case that was of. */
function explained({ missed, worst, advice }: DrillResult): string {
  return [
    ...(worst ? [`At worst (${worst.case}, seed ${worst.seed}):`] : []),
    ...missed.map((miss) => `Missed: ${missText(miss)}`),
    ...(worst?.causes.map(({ sentence }) => sentence) ?? []),
    ...(advice
      ? [
          `Advice: ${advice.sentence}`,
          `With it: ${figuresText(advice.after)}`,
          ...advice.patches.map(patchCommand),
        ]
      : []),
    ...(worst ? [`Again: ${worst.replay}`] : []),
  ].join('\n')
}
