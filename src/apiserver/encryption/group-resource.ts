/** A resource by group, either of which may be `*`. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** `pandas.bears.example` is of the group `bears.example`, `*.` of the core group. */
export function namedResource(name: string): GroupResource {
  const dot = name.indexOf('.')
  if (dot < 0) return { group: '', resource: name }
  return { group: name.slice(dot + 1), resource: name.slice(0, dot) }
}
