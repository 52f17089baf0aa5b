import { mkdirSync } from 'node:fs'
import { basename } from 'node:path'
import { type ApiServer, type HttpsServer, serveHttps } from '#apiserver'
import { KnarrError, type Logger, systemClock } from '#lib'
import { machineName } from '#node/local'
import { firstAddress } from '../control-plane/networks.ts'
import type { RequestHeaderSettings } from '../control-plane/request-header.ts'
import { clusterPaths } from '../data-dir/paths.ts'
import { writeSecret } from '../data-dir/secret-file.ts'
import { readState } from '../data-dir/state.ts'
import { kubeconfig } from '../pki/kubeconfig.ts'
import type { Pki } from '../pki/pki.ts'

/** Where and as whom a cluster is served on this machine; the same for real and simulated ones. */
export interface ServingOptions {
  readonly dataDir: string
  /** The name in its kubeconfig; default by the data directory. */
  readonly name?: string
  readonly address: string
  readonly port: number
  /** More names or addresses for the server's certificate. */
  readonly tlsSans: readonly string[]
  readonly serviceCidr: string
  readonly clusterDomain: string
  /** Who may say in headers as whom a request is made. */
  readonly requestHeader?: RequestHeaderSettings | undefined
}

/** Makes the data directory; refuses one that another knarr uses. */
export function prepareDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const other = readState(dataDir)
  if (!other) return
  throw new KnarrError('DataDirInUse', `${dataDir} is in use by another knarr (pid ${other.pid})`, {
    hint: "Stop it with 'knarr down', or choose another directory with --data-dir.",
  })
}

/** Every name and address under which clients reach the API server. */
export function serverHosts(options: ServingOptions, ips: readonly string[]): readonly string[] {
  const domain = options.clusterDomain
  return [
    '127.0.0.1',
    'localhost',
    machineName(),
    ...ips,
    firstAddress(options.serviceCidr),
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${domain}`,
    ...options.tlsSans,
  ]
}

/** Serves an API over HTTPS with the cluster's certificates. */
export function serveApi(
  api: Pick<ApiServer, 'handle' | 'connect'>,
  options: ServingOptions,
  pki: Pki,
  log: Logger,
): Promise<HttpsServer> {
  return serveHttps({
    handler: api.handle,
    connectHandler: api.connect,
    tls: {
      key: pki.server.key,
      certificate: pki.server.certificate,
      clientAuthorities: pki.authority.certificate,
      ...(options.requestHeader && { frontProxyAuthorities: options.requestHeader.authorities }),
    },
    address: options.address,
    port: options.port,
    clock: systemClock,
    log,
  })
}

/** The administrator's kubeconfig, readable by its owner alone. */
export function writeKubeconfig(
  { dataDir, name = clusterNameOf(dataDir) }: Pick<ServingOptions, 'dataDir' | 'name'>,
  server: string,
  pki: Pki,
): void {
  const config = kubeconfig({
    server,
    authority: pki.authority.certificate,
    client: pki.admin,
    name,
  })
  writeSecret(clusterPaths(dataDir).kubeconfig, config)
}

/** Names a cluster by its data directory: `knarr` for the usual ones, `knarr-b` for `/tmp/b`. */
function clusterNameOf(dataDir: string): string {
  const last = basename(dataDir)
  return last === 'knarr' ? last : `knarr-${last}`
}
