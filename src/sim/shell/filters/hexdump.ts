import { bytesOf } from '../../process/bytes.ts'
import type { Filter, FilterRun } from './filter-lines.ts'

const perRow = 16

/** `hexdump`: all bytes in rows of sixteen; with `-C` their letters beside them. */
export const hexdump: Filter = {
  usage: 'hexdump [-C] [FILE…]',
  files: (args) => args.filter((arg) => !arg.startsWith('-')),
  take(text, isEnd, { args, memo }: FilterRun) {
    memo.kept += text
    if (!isEnd) return {}
    const bytes = bytesOf(memo.kept)
    const isCanonical = args.includes('-C')
    const rows: string[] = []
    for (let at = 0; at < bytes.length; at += perRow) {
      const row = bytes.subarray(at, at + perRow)
      rows.push(`${address(at, isCanonical)}${isCanonical ? canonical(row) : words(row)}\n`)
    }
    if (bytes.length > 0) rows.push(`${address(bytes.length, isCanonical)}\n`)
    return { out: rows.join('') }
  },
  missing: (path) => [`hexdump: ${path}: No such file or directory`, 1],
}

function address(at: number, isCanonical: boolean): string {
  return at.toString(16).padStart(isCanonical ? 8 : 7, '0')
}

const pair = (byte: number) => byte.toString(16).padStart(2, '0')

function canonical(row: Uint8Array): string {
  const half = (from: number) => [...row.subarray(from, from + 8)].map(pair).join(' ').padEnd(23)
  const letters = [...row].map((byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  )
  return `  ${half(0)}  ${half(8)}  |${letters.join('')}|`
}

/** As numbers of two bytes, the lower one first. */
function words(row: Uint8Array): string {
  let text = ''
  for (let at = 0; at < row.length; at += 2)
    text += ` ${pair(row[at + 1] ?? 0)}${pair(row[at] ?? 0)}`
  return text
}
