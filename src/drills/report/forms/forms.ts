import type { DrillReport } from '../../model/report.ts'
import { htmlReport } from '../html/html.ts'
import { junitReport } from '../junit/junit.ts'
import { markdownReport } from '../markdown/markdown.ts'
import { sarifReport } from '../sarif/sarif.ts'

/** The forms of a report that are written to a file, by the flag of `knarr drill` that asks for each. */
export const reportForms = {
  html: htmlReport,
  junit: junitReport,
  sarif: sarifReport,
  markdown: markdownReport,
} satisfies Readonly<Record<string, (report: DrillReport) => string>>
