/** An image name, completed as container engines complete it. */
interface ImageReference {
  /** `docker.io` */
  readonly registry: string
  /** `library/nginx` */
  readonly repository: string
  readonly tag?: string
  readonly digest?: string
}

export type ParsedImage =
  | { readonly kind: 'image'; readonly reference: ImageReference; readonly name: string }
  /** `message` is the reference library's text. */
  | { readonly kind: 'invalid'; readonly message: string }

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const digestPattern = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const pattern = new RegExp(
  `^((?:${domain}/)?${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@(${digestPattern}))?$`,
)
const longestName = 255
const hexOnly = /^[a-f0-9]{64}$/

/** Parses `nginx`, `nginx:1.27`, `registry.example:5000/a/b@sha256:…`; the tag defaults to latest. */
export function parseImage(text: string): ParsedImage {
  const match = pattern.exec(text)
  if (!match || hexOnly.test(text)) return invalid(text, faultOf(text))
  const [, path = '', tag, digest] = match
  const [registry, repository] = splitDomain(path)
  if (repository.length > longestName) {
    return invalid(text, 'repository name must not be more than 255 characters')
  }
  const reference: ImageReference = {
    registry,
    repository,
    ...(tag ? { tag } : digest ? {} : { tag: 'latest' }),
    ...(digest ? { digest } : {}),
  }
  return { kind: 'image', reference, name: formatImage(reference) }
}

function formatImage({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`
}

/** The first part is a registry when it looks like a host; else the image is Docker Hub's. */
function splitDomain(path: string): readonly [string, string] {
  const slash = path.indexOf('/')
  const first = slash < 0 ? '' : path.slice(0, slash)
  const isHost =
    first.includes('.') ||
    first.includes(':') ||
    first === 'localhost' ||
    first.toLowerCase() !== first
  if (!isHost) return ['docker.io', path.includes('/') ? path : `library/${path}`]
  const registry = first === 'index.docker.io' ? 'docker.io' : first
  const rest = path.slice(slash + 1)
  return [registry, registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest]
}

function invalid(text: string, why: string): ParsedImage {
  return { kind: 'invalid', message: `couldn't parse image name "${text}": ${why}` }
}

/** Upstream: ParseNormalizedNamed of distribution/reference. */
function faultOf(text: string): string {
  if (hexOnly.test(text)) {
    return `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`
  }
  const [, rest] = splitDomain(text)
  const [repository = ''] = rest.split(':')
  const format = 'invalid reference format'
  if (repository.toLowerCase() === repository) return format
  return `${format}: repository name (${repository}) must be lowercase`
}
