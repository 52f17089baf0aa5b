/** A header that a probe or hook asks for. */
export interface CustomHeader {
  readonly name: string
  readonly value: string
}

/**
 * The headers of a kubelet's request: the custom ones, and `User-Agent` and `Accept` unless they
 * name them. A custom value of the empty string leaves a default header out (upstream's rule).
 */
export function kubeletHeaders(
  userAgent: string,
  custom: readonly CustomHeader[],
): readonly (readonly [name: string, value: string])[] {
  const named = new Set(custom.map(({ name }) => name.toLowerCase()))
  const isDefault = (name: string) => defaultNames.has(name.toLowerCase())
  const defaults = [
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
  ] as const
  return [
    ...defaults.filter(([name]) => !named.has(name.toLowerCase())),
    ...custom
      .filter(({ name, value }) => !(isDefault(name) && value === ''))
      .map(({ name, value }) => [name, value] as const),
  ]
}

const defaultNames: ReadonlySet<string> = new Set(['user-agent', 'accept'])
