const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const host = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const reference = new RegExp(
  `^(?:${host}/)?${component}(?:/${component})*(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][\\w+.-]*:[0-9a-fA-F]{32,}))?$`,
)

/**
 * The tag that a reference to an image names: `latest` where it has neither tag nor digest, empty
 * where it has only a digest or cannot be read (upstream: parsers.ParseImageName).
 */
export function imageTag(image: string): string {
  const match = reference.exec(image)
  if (!match) return ''
  const [, tag, digest] = match
  return tag ?? (digest === undefined ? 'latest' : '')
}

/** The pull policy of an image whose container names none. */
export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  return imageTag(image ?? '') === 'latest' ? 'Always' : 'IfNotPresent'
}
