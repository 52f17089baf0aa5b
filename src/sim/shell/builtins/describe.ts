import type { Builtin } from './builtin.ts'

/** Describes a command as a row of the table in the documentation. */
export function documentedRow(builtin: Builtin): string {
  const { usage, dialects, kind } = builtin
  const notes = [
    ...(kind === 'filter' ? ['reads its input as it comes'] : []),
    ...(kind === 'shell' && builtin.waits ? ['waits'] : []),
    ...(dialects ? [`${dialects.join(' and ')} only`] : []),
  ]
  return `| \`${usage.replaceAll('|', '\\|')}\` | ${notes.join(', ')} |`
}
