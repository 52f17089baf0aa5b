import { durationText, missText } from '../../judge/sentence.ts'
import type { DrillAdvice } from '../../model/advice.ts'
import type { DrillCause, DrillReport, DrillResult } from '../../model/report.ts'
import { patchCommand } from '../patch-command.ts'
import { figuresText, objectText, verdictWords } from '../words.ts'
import { xmlText } from '../xml.ts'
import { instantText } from './axis.ts'
import { styles } from './styles.ts'
import { timelineHtml } from './timeline.ts'

/**
 * Writes a report as one HTML file, which asks nothing of any network and runs no script: a summary, and for each
 * drill its causes, its advice and the timeline of its worst run.
 */
export function htmlReport(report: DrillReport): string {
  const { drills, input, assumptions, verdict } = report
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>knarr drill: ${verdictWords[verdict]}</title>
<style>${styles}</style>
</head>
<body>
<header>
<h1>knarr drill: <span class="${verdict}">${verdictWords[verdict]}</span></h1>
<p class="quiet">${xmlText(input.files.join(', '))} on ${input.nodes.length} nodes, ${input.ratePerSecond} requests a second to each of ${input.services.length} ports of Services</p>
</header>
<main>
${summaryHtml(drills)}
${drills
  .filter(({ worst }) => worst)
  .map(drillHtml)
  .join('\n')}
<section aria-labelledby="assumptions">
<h2 id="assumptions">What was taken for granted</h2>
${listHtml(assumptions.map(({ text, source }) => `${xmlText(text)} <span class="quiet">(${source})</span>`))}
</section>
</main>
</body>
</html>
`
}

function summaryHtml(drills: readonly DrillResult[]): string {
  const rows = drills.map(({ drill, verdict, sentence, worst }) => {
    const name = worst ? `<a href="#${xmlText(drill)}">${xmlText(drill)}</a>` : xmlText(drill)
    const said = `<span class="verdict ${verdict}">${verdictWords[verdict]}</span>`
    const lost = worst ? `, ${worst.figures.lost} of ${worst.figures.sent} lost` : ''
    return `<tr><th scope="row">${name}</th><td>${said}${lost}</td><td>${xmlText(sentence)}</td></tr>`
  })
  return `<table><thead><tr><th scope="col">drill</th><th scope="col">verdict</th><th scope="col">what happened at worst</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`
}

function drillHtml(result: DrillResult): string {
  const { drill, title, verdict, sentence, missed, worst, distribution, advice, varied } = result
  if (!worst || !distribution) return ''
  const id = xmlText(drill)
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${id} <span class="${verdict}">${verdictWords[verdict]}</span></h2>
<p class="quiet">${xmlText(title)}; ${distribution.runs} runs, of which ${distribution.missed} missed an objective</p>
<p>${xmlText(sentence)}</p>
${listHtml(missed.map((miss) => `Missed: ${xmlText(missText(miss))}`))}
${spreadHtml(distribution)}
${worst.causes.length > 0 ? `<h3>Causes</h3>${listHtml(worst.causes.map(causeHtml))}` : ''}
${advice ? adviceHtml(advice) : ''}
${varied.length > 0 ? `<h3>What nobody knows, and was varied</h3>${listHtml(varied.map(({ text }) => xmlText(text)))}` : ''}
<h3>The worst run: ${xmlText(worst.case)}, seed ${worst.seed}</h3>
<p>${xmlText(figuresText(worst.figures))}</p>
${timelineHtml(worst.timeline, worst.causes)}
<p class="quiet">Again, with its event log:</p>
<pre>${xmlText(worst.replay)}</pre>
</section>`
}

function spreadHtml(distribution: NonNullable<DrillResult['distribution']>): string {
  const { lost, longestGapMs, readyAfterMs, lastLossMs } = distribution
  const count = (value: number | null) => `${value ?? 'never'}`
  const rows = (
    [
      ['requests lost', lost, count],
      ['longest time without an answer', longestGapMs, durationText],
      ['last loss after', lastLossMs, durationText],
      ['Ready again after', readyAfterMs, durationText],
    ] as const
  ).map(
    ([name, { least, median, p90, most }, said]) =>
      `<tr><th scope="row">${name}</th>${[least, median, p90, most].map((value) => `<td>${said(value)}</td>`).join('')}</tr>`,
  )
  return `<table><thead><tr><td></td><th scope="col">least</th><th scope="col">median</th><th scope="col">9 of 10</th><th scope="col">most</th></tr></thead>
<tbody>${rows.join('')}</tbody></table>`
}

function causeHtml({ sentence, object, entries }: DrillCause): string {
  const at = object?.at ? `, ${xmlText(object.at.file)}:${object.at.line}` : ''
  const of = object ? ` <span class="quiet">(${xmlText(objectText(object))}${at})</span>` : ''
  if (entries.length === 0) return `${xmlText(sentence)}${of}`
  const lines = entries.map(
    ({ sequence, atMs, text }) => `${sequence}  ${instantText(atMs)}  ${xmlText(text)}`,
  )
  return `${xmlText(sentence)}${of}
<details><summary>its entries of the event log</summary><pre>${lines.join('\n')}</pre></details>`
}

function adviceHtml({ sentence, patches, runs, before, after }: DrillAdvice): string {
  return `<h3>Advice</h3>
<p>${xmlText(sentence)}</p>
<table><tbody><tr><th scope="row">before</th><td>${xmlText(figuresText(before))}</td></tr>
<tr><th scope="row">after, worst of ${runs} runs</th><td>${xmlText(figuresText(after))}</td></tr></tbody></table>
<pre>${xmlText(patches.map(patchCommand).join('\n'))}</pre>`
}

function listHtml(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('\n')}</ul>`
}
