import { namespaces, serviceAccounts } from '#api'
import { keyOf } from '#machinery'
import { isAlreadyExists } from '#machinery/status'
import { type Controller, watching } from '../runner/controller.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'

/** Gives every active namespace its `default` service account (upstream: serviceaccount). */
export const serviceAccountController: Controller = {
  name: 'service-account',
  workers: 1,
  permissions: [
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['create', 'get', 'list', 'watch'] },
  ],
  start(context) {
    const cache = {
      namespaces: context.informers.informer(namespaces),
      accounts: context.informers.informer(serviceAccounts),
    }
    return {
      watches: [
        watching(namespaces, (namespace) => [keyOf(namespace)]),
        watching(serviceAccounts, ({ metadata }) =>
          metadata.name === 'default' ? [metadata.namespace ?? ''] : [],
        ),
      ],
      async reconcile(name, { client }) {
        const namespace = cache.namespaces.get(name)
        if (!namespace || namespace.status?.phase === 'Terminating') return undefined
        if (cache.accounts.get(`${name}/default`)) return undefined
        try {
          await client.create(serviceAccounts, { metadata: { name: 'default', namespace: name } })
        } catch (error) {
          if (!isAlreadyExists(error) && !namespaceIsTerminating(error)) throw error
        }
        return undefined
      },
    }
  },
}
