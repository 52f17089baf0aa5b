import { stringify } from 'yaml'
import type { KeyPair } from './certificates.ts'

export interface KubeconfigOptions {
  readonly server: string
  readonly authority: string
  readonly client: KeyPair
  /** The name of the cluster, its user and their context: two files with different names can be merged. */
  readonly name: string
}

/** A kubeconfig with everything embedded, so that it works from anywhere. */
export function kubeconfig(options: KubeconfigOptions): string {
  const { name } = options
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: options.server,
          'certificate-authority-data': base64(options.authority),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          'client-certificate-data': base64(options.client.certificate),
          'client-key-data': base64(options.client.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
    preferences: {},
  })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
