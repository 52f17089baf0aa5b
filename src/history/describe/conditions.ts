interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
}

/** Describes each condition that changed, as `condition Ready True → False (ContainersNotReady)`. */
export function conditionChanges(
  before: readonly Condition[] = [],
  after: readonly Condition[] = [],
): readonly string[] {
  const held = new Map(before.map((each) => [each.type, each]))
  const changed = after.flatMap(({ type, status, reason }) => {
    const was = held.get(type)
    if (was?.status === status && was.reason === reason) return []
    const because = reason ? ` (${reason})` : ''
    const from = was && was.status !== status ? `${was.status} → ` : ''
    return [`condition ${type} ${from}${status}${because}`]
  })
  const now = new Set(after.map(({ type }) => type))
  const gone = before.filter(({ type }) => !now.has(type))
  return [...changed, ...gone.map(({ type }) => `condition ${type} removed`)]
}
