import type { Pod } from '#api'
import type { Stored } from '#machinery'
import type { RegistryAuth } from '#runtime'
import type { References } from '../model/references.ts'
import { parseImage } from './reference.ts'

interface DockerAuth {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
  readonly identitytoken?: string
}

/**
 * Credentials that fit an image, from the pod's pull secrets: the most specific entry first. A
 * secret that is missing or unreadable is passed over, as upstream does.
 */
export async function pullCredentials(
  pod: Stored<Pod>,
  image: string,
  references: References,
): Promise<readonly RegistryAuth[]> {
  const parsed = parseImage(image)
  if (parsed.kind === 'invalid') return []
  const { registry, repository } = parsed.reference
  const found: { readonly key: string; readonly auth: RegistryAuth }[] = []
  for (const { name } of pod.spec?.imagePullSecrets ?? []) {
    if (!name) continue
    for (const [key, auth] of await entriesOf(pod.metadata.namespace ?? '', name, references)) {
      if (fits(key, registry, repository)) found.push({ key, auth: toAuth(auth, registry) })
    }
  }
  return found.toSorted((a, b) => b.key.length - a.key.length).map(({ auth }) => auth)
}

async function entriesOf(
  namespace: string,
  name: string,
  references: References,
): Promise<readonly (readonly [string, DockerAuth])[]> {
  try {
    const { data = {} } = await references.secret(namespace, name)
    const config = data['.dockerconfigjson']
    const legacy = data['.dockercfg']
    const text = Buffer.from(config ?? legacy ?? '', 'base64').toString('utf8')
    const parsed = JSON.parse(text) as Record<string, unknown>
    return Object.entries((config ? parsed.auths : parsed) as Record<string, DockerAuth>)
  } catch {
    return []
  }
}

const dockerHubNames: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
])

/** `registry.example`, `*.example`, `registry.example/team`, with or without a scheme. */
function fits(key: string, registry: string, repository: string): boolean {
  const bare = key
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/$/, '')
  const slash = bare.indexOf('/')
  const host = slash < 0 ? bare : bare.slice(0, slash)
  const path = slash < 0 ? '' : bare.slice(slash + 1)
  const sameHost =
    host === registry ||
    (dockerHubNames.has(host) && dockerHubNames.has(registry)) ||
    matchesWildcard(host, registry)
  return sameHost && (path === '' || repository === path || repository.startsWith(`${path}/`))
}

function matchesWildcard(pattern: string, registry: string): boolean {
  if (!pattern.includes('*')) return false
  const [wanted, given] = [pattern.split('.'), registry.split('.')]
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === '*' || part === given[index])
  )
}

function toAuth(auth: DockerAuth, registry: string): RegistryAuth {
  const decoded = auth.auth ? Buffer.from(auth.auth, 'base64').toString('utf8') : ''
  const colon = decoded.indexOf(':')
  const username = auth.username ?? (colon < 0 ? undefined : decoded.slice(0, colon))
  const password = auth.password ?? (colon < 0 ? undefined : decoded.slice(colon + 1))
  return {
    serverAddress: registry,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(auth.identitytoken ? { identityToken: auth.identitytoken } : {}),
  }
}
