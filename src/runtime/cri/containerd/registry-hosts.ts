import type { RegistryAccess, RegistryMirror } from './options.ts'
import { tomlText as text } from './toml-text.ts'

/** A directory below `certs.d` and the content of its `hosts.toml`. */
export interface HostsFile {
  readonly directory: string
  readonly text: string
}

/** One file for each registry that has mirrors, or a TLS configuration of its own. */
export function registryHosts(
  mirrors: readonly RegistryMirror[],
  access: readonly RegistryAccess[],
): readonly HostsFile[] {
  const mirrored = new Set(mirrors.map(({ registry }) => registry))
  const plain = access
    .filter(({ host, tls }) => tls !== undefined && !mirrored.has(host))
    .map(({ host }) => ({ registry: host, endpoints: [], fallback: true }))
  return [...mirrors, ...plain].map((mirror) => hostsFile(mirror, access))
}

function hostsFile(mirror: RegistryMirror, access: readonly RegistryAccess[]): HostsFile {
  const { registry, endpoints, fallback } = mirror
  const server = fallback ? originOf(registry) : endpoints.at(-1)
  const lines = [
    ...(server ? [`server = ${text(server)}`] : []),
    ...(fallback ? tlsLines(access, registry) : []),
    ...endpoints.flatMap((endpoint) => [
      '',
      `[host.${text(endpointUrl(endpoint, mirror))}]`,
      '  capabilities = ["pull", "resolve"]',
      ...(mirror.repositoryPrefix ? ['  override_path = true'] : []),
      ...tlsLines(access, new URL(endpoint).host).map((line) => `  ${line}`),
    ]),
  ]
  return { directory: registry === '*' ? '_default' : registry, text: `${lines.join('\n')}\n` }
}

/** With a prefix the whole path is given, which containerd then takes as it is. */
function endpointUrl(endpoint: string, { repositoryPrefix }: RegistryMirror): string {
  if (!repositoryPrefix) return endpoint
  const base = endpoint.replace(/\/$/, '').replace(/\/v2$/, '')
  return `${base}/v2/${repositoryPrefix}`
}

function tlsLines(access: readonly RegistryAccess[], host: string): readonly string[] {
  const { tls } = access.find((each) => each.host === host) ?? {}
  if (!tls) return []
  const { caFile, certFile, keyFile, insecureSkipVerify } = tls
  return [
    ...(insecureSkipVerify ? ['skip_verify = true'] : []),
    ...(caFile ? [`ca = ${text(caFile)}`] : []),
    ...(certFile && keyFile ? [`client = [[${text(certFile)}, ${text(keyFile)}]]`] : []),
  ]
}

function originOf(registry: string): string | undefined {
  if (registry === '*') return undefined
  return registry === 'docker.io' ? 'https://registry-1.docker.io' : `https://${registry}`
}
