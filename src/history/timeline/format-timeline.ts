import { formatMicroTime } from '#machinery'
import { formatOffset } from '../entries/format-entry.ts'
import { type Moment, type Timeline, tracks } from './timeline.ts'

/** Formats a timeline as a table, its times relative to the first moment. */
export function formatTimeline({ moments }: Timeline): string {
  const startMs = moments[0]?.wallMs ?? 0
  const rows = moments.map((each) => [
    formatOffset(each.wallMs - startMs),
    each.pod,
    each.track,
    textOf(each),
  ])
  const all = [['TIME', 'POD', 'TRACK', 'WHAT'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const lines = all.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   '),
  )
  return `from ${formatMicroTime(startMs)}\n${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

const left = 260
const width = 900
const rowHeight = 22
const colours: Readonly<Record<Moment['track'], string>> = {
  state: '#326ce5',
  probe: '#e8a33d',
  signal: '#c0392b',
  endpoint: '#27ae60',
  request: '#7f8c8d',
}

/** Draws a timeline as SVG: a row for each track of each pod, a dot with its text for each moment. */
export function drawTimeline({ pods, moments }: Timeline): string {
  const startMs = moments[0]?.wallMs ?? 0
  const spanMs = Math.max(1, (moments.at(-1)?.wallMs ?? 0) - startMs)
  const rows = pods.flatMap((pod) => tracks.map((track) => `${pod} ${track}`))
  const yOf = (row: number) => 30 + row * rowHeight
  const labels = rows.map(
    (row, index) =>
      `<text x="8" y="${yOf(index) + 4}">${escaped(row)}</text><line x1="${left}" x2="${left + width}" y1="${yOf(index)}" y2="${yOf(index)}" stroke="#ddd"/>`,
  )
  const dots = moments.map((each) => {
    const x = left + ((each.wallMs - startMs) / spanMs) * width
    const y = yOf(rows.indexOf(`${each.pod} ${each.track}`))
    const title = `${formatOffset(each.wallMs - startMs)} ${textOf(each)}`
    return `<circle cx="${x.toFixed(1)}" cy="${y}" r="5" fill="${colours[each.track]}"><title>${escaped(title)}</title></circle>`
  })
  const bottom = yOf(rows.length)
  const axis = `<text x="${left}" y="${bottom}">+0s</text><text x="${left + width}" y="${bottom}" text-anchor="end">${formatOffset(spanMs)}</text>`
  const size = `width="${left + width + 20}" height="${bottom + 20}"`
  const body = [...labels, ...dots, axis].join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">\n${body}\n</svg>\n`
}

function textOf({ text, count }: Moment): string {
  return count > 1 ? `${text} (${count} times)` : text
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
