import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Client, createClient, createHttpsTransport } from '#client'
import { KnarrError } from '#lib'

/** A connection to a running cluster, closed when disposed. */
export interface ClusterConnection extends Disposable {
  readonly client: Client
}

/** Connects to the cluster in `dataDir` as the administrator of its kubeconfig. @throws KnarrError `NoCluster` */
export function connectToCluster(dataDir: string): ClusterConnection {
  const path = join(dataDir, 'kubeconfig')
  if (!existsSync(path)) {
    throw new KnarrError('NoCluster', `there is no cluster in ${dataDir}`, {
      hint: `Start one with 'knarr up --data-dir ${dataDir}'.`,
    })
  }
  const config = parse(readFileSync(path, 'utf8'))
  const { cluster } = config.clusters[0]
  const { user } = config.users[0]
  const transport = createHttpsTransport({
    server: cluster.server,
    certificateAuthority: decode(cluster['certificate-authority-data']),
    clientCertificate: decode(user['client-certificate-data']),
    clientKey: decode(user['client-key-data']),
  })
  return {
    client: createClient(transport, { userAgent: 'knarr' }),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  }
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}
