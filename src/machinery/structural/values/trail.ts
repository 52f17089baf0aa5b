/** Where a walk is, and which unknown fields it has met. Texts are made only for those. */
export interface Trail {
  enter(step: string | number): void
  leave(): void
  /** Notes a field of what the walk is at. */
  note(name: string): void
  /** The path of what the walk is at: `spec.list[0].x`; empty at the root. */
  path(): string
  readonly unknownFields: readonly string[]
}

/** As many as strict decoding lists; to spell out the paths of more would only cost time. */
const maxUnknownFields = 100

/** A walk that begins at the root. */
export function createTrail(): Trail {
  const steps: (string | number)[] = []
  const unknownFields: string[] = []
  const path = () => steps.reduce<string>(joined, '')
  return {
    enter: (step) => steps.push(step),
    leave: () => steps.pop(),
    note: (name) => {
      if (unknownFields.length < maxUnknownFields) unknownFields.push(joined(path(), name))
    },
    path,
    unknownFields,
  }
}

function joined(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`
  return path === '' ? step : `${path}.${step}`
}
