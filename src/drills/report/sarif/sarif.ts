import type { ManifestPosition } from '../../model/objects.ts'
import type { DrillCause, DrillReport, DrillResult } from '../../model/report.ts'
import { patchCommand } from '../patch-command.ts'
import { figuresText, objectText } from '../words.ts'

/**
 * Writes a report as SARIF 2.1.0 (OASIS), with which code scanning shows causes at their lines of the manifest. Each
 * cause of a drill that missed an objective is a result: an error if the drill fails, a warning if it is at risk.
 * Its fingerprint is made of the drill, the kind of cause and the object, so that it stays the same when lines move.
 */
export function sarifReport(report: DrillReport): string {
  const found = report.drills.flatMap((result) => resultsOf(result, report))
  const rules = new Map(found.map(({ rule }) => [rule.id, rule]))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'knarr drill', rules: [...rules.values()] } },
        columnKind: 'utf16CodeUnits',
        results: found.map(({ result }) => result),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

interface Found {
  readonly rule: { readonly id: string } & Readonly<Record<string, unknown>>
  readonly result: Readonly<Record<string, unknown>>
}

function resultsOf(result: DrillResult, { input }: DrillReport): readonly Found[] {
  const { drill, verdict, worst } = result
  if (!worst || (verdict !== 'fails' && verdict !== 'at-risk')) return []
  const causes: readonly DrillCause[] =
    worst.causes.length > 0
      ? worst.causes
      : [{ id: 'objective-missed', sentence: result.sentence, lost: 0, entries: [] }]
  const [file = '-'] = input.files
  return causes.map((cause) => {
    const id = `${drill}/${cause.id}`
    const at = cause.object?.at ?? input.workloads[0]?.at ?? { file, line: 1 }
    return {
      rule: {
        id,
        name: id.replace(/(?:^|[-/])(\w)/g, (_match, first: string) => first.toUpperCase()),
        shortDescription: { text: `${result.title}: ${cause.id.replaceAll('-', ' ')}` },
      },
      result: {
        ruleId: id,
        level: verdict === 'fails' ? 'error' : 'warning',
        message: { text: messageOf(cause, result) },
        locations: [{ physicalLocation: locationOf(at) }],
        partialFingerprints: {
          'drill/v1': [id, cause.object ? objectText(cause.object) : '', cause.service ?? ''].join(
            ' ',
          ),
        },
      },
    }
  })
}

function messageOf({ sentence }: DrillCause, { worst, advice }: DrillResult): string {
  return [
    `${sentence}.`,
    ...(worst ? [`Worst run: ${figuresText(worst.figures)}.`] : []),
    ...(advice
      ? [
          `Advice: ${advice.sentence}`,
          `With it: ${figuresText(advice.after)}.`,
          ...advice.patches.map(patchCommand),
        ]
      : []),
  ].join('\n')
}

/** A path becomes a reference as RFC 3986 has it; standard input has no path, and is named. */
function locationOf({ file, line }: ManifestPosition) {
  const path = file === '-' ? 'stdin' : file.replaceAll('\\', '/').replace(/^\.\//, '')
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return {
    artifactLocation: { uri: path.startsWith('/') ? `file://${encoded}` : encoded },
    region: { startLine: Math.max(1, line) },
  }
}
