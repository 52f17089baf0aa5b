/** The phrases that apimachinery's `util/validation` builds its messages from. */

export function maxLengthMessage(length: number): string {
  return `must be no more than ${length} characters`
}

export const emptyMessage = 'must be non-empty'

/** Says that a number must lie between two others, both included. */
export function rangeMessage(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`
}

/**
 * Says which form a text has to have: `rule (e.g. 'a',  or 'b', regex used for validation is 'pattern')`: the doubled space and the
 * comma before `or` are upstream's.
 */
export function patternMessage(rule: string, pattern: string, ...examples: string[]): string {
  const used = `regex used for validation is '${pattern}'`
  if (examples.length === 0) return `${rule} (${used})`
  const quoted = examples.map((example) => `'${example}', `).join(' or ')
  return `${rule} (e.g. ${quoted}${used})`
}

/** The whole of a text must match, as upstream anchors its expressions. */
export function wholly(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}
