import { stringify } from 'yaml'
import type { KeyPair } from './certificates.ts'

export interface KubeconfigOptions {
  readonly server: string
  readonly authority: string
  readonly user: string
  readonly client: KeyPair
  readonly clusterName: string
}

/** A kubeconfig with everything embedded, so that it works from anywhere. */
export function kubeconfig(options: KubeconfigOptions): string {
  const { clusterName, user } = options
  const context = `${user}@${clusterName}`
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: clusterName,
        cluster: {
          server: options.server,
          'certificate-authority-data': base64(options.authority),
        },
      },
    ],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(options.client.certificate),
          'client-key-data': base64(options.client.key),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: clusterName, user } }],
    'current-context': context,
    preferences: {},
  })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
