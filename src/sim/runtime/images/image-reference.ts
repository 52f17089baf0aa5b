/** A reference to an image, in full. */
export interface ImageName {
  /** `docker.io` */
  readonly registry: string
  /** `docker.io/library/nginx` */
  readonly name: string
  /** Empty when a digest is given alone. */
  readonly tag: string
  readonly digest: string | undefined
  /** `docker.io/library/nginx:latest`, as containerd prints it. */
  readonly full: string
}

/** `nginx` → `docker.io/library/nginx:latest` (the rules of docker's references). */
export function parseImageName(text: string): ImageName {
  const [named = '', digest] = text.split('@')
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const path = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : digest === undefined ? 'latest' : ''
  const [first = '', ...rest] = path.split('/')
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const registry = isHost ? first.replace(/^index\.docker\.io$/, 'docker.io') : 'docker.io'
  const repository = isHost ? rest.join('/') : path
  const isOfficial = registry === 'docker.io' && !repository.includes('/')
  const name = `${registry}/${isOfficial ? 'library/' : ''}${repository}`
  const full = `${name}${tag === '' ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
  return { registry, name, tag, digest, full }
}

/** The last part of an image's name: `nginx` of `docker.io/library/nginx:1.27`. */
export function shortImageName(text: string): string {
  return parseImageName(text).name.split('/').at(-1) ?? ''
}
