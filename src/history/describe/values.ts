/** Describes a changed value, as `phase Pending → Running`; empty when it stayed the same. */
export function valueChange(name: string, before: unknown, after: unknown): readonly string[] {
  if (before === after) return []
  if (before === undefined) return [`${name} ${String(after)}`]
  return [`${name} ${String(before)} → ${after === undefined ? 'none' : String(after)}`]
}
