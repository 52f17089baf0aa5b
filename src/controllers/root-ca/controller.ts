import { type ConfigMap, configMaps, namespaces } from '#api'
import type { Client } from '#client'
import { deepEqual, keyOf, type Stored } from '#machinery'
import { isAlreadyExists } from '#machinery/status'
import { type Controller, watching } from '../runner/controller.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'

const configMapName = 'kube-root-ca.crt'
const annotation = 'kubernetes.io/description'
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Publishes the API server's authority in every namespace (upstream: rootcacertpublisher). */
export function rootCaController(rootCertificate: string): Controller {
  return {
    name: 'root-ca-cert-publisher',
    workers: 1,
    permissions: [
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
      {
        apiGroups: [''],
        resources: ['configmaps'],
        verbs: ['create', 'get', 'list', 'update', 'watch'],
      },
    ],
    start(context) {
      const cache = {
        namespaces: context.informers.informer(namespaces),
        configMaps: context.informers.informer(configMaps),
      }
      return {
        watches: [
          watching(namespaces, (namespace) => [keyOf(namespace)]),
          watching(configMaps, ({ metadata }) =>
            metadata.name === configMapName ? [metadata.namespace ?? ''] : [],
          ),
        ],
        async reconcile(namespace, { client }) {
          const found = cache.namespaces.get(namespace)
          if (!found || found.status?.phase === 'Terminating') return undefined
          const held = cache.configMaps.get(`${namespace}/${configMapName}`)
          if (held && isPublished(held, rootCertificate)) return undefined
          await publish(client, namespace, held, rootCertificate)
          return undefined
        },
      }
    },
  }
}

/** All of the data counts, and that there is a description: upstream lets it be reworded. */
function isPublished({ data, metadata }: Stored<ConfigMap>, rootCertificate: string): boolean {
  return (
    deepEqual(data, { 'ca.crt': rootCertificate }) && Boolean(metadata.annotations?.[annotation])
  )
}

async function publish(
  client: Client,
  namespace: string,
  held: Stored<ConfigMap> | undefined,
  rootCertificate: string,
): Promise<void> {
  const data = { 'ca.crt': rootCertificate }
  const annotations = { ...held?.metadata.annotations, [annotation]: description }
  const metadata = { ...held?.metadata, name: configMapName, namespace, annotations }
  try {
    if (held) await client.update(configMaps, { ...held, metadata, data })
    else await client.create(configMaps, { metadata, data })
  } catch (error) {
    if (!isAlreadyExists(error) && !namespaceIsTerminating(error)) throw error
  }
}
