import {
  type APIService,
  apiServices,
  type CustomResourceDefinition,
  customResourceDefinitions,
} from '#api'
import type { Client } from '#client'
import { deepEqual, type Stored } from '#machinery'
import { isAlreadyExists, isConflict, isNotFound } from '#machinery/status'
import { type Controller, watching } from '../runner/controller.ts'

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged'

/** Keeps an APIService for each version of a defined group (upstream: crdregistration and autoregister). */
export const apiServiceController: Controller = {
  name: 'api-service-registration',
  workers: 1,
  permissions: [
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: ['apiregistration.k8s.io'],
      resources: ['apiservices'],
      verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'],
    },
  ],
  start(context) {
    const definitions = context.informers.informer(customResourceDefinitions)
    const services = context.informers.informer(apiServices)
    return {
      watches: [
        watching(customResourceDefinitions, namesOf),
        watching(apiServices, ({ metadata }) => [metadata.name]),
      ],
      async reconcile(name, { client }) {
        const wanted = wantedService(name, definitions.list())
        try {
          await register(client, { wanted, current: services.get(name) })
        } catch (error) {
          // Its change brings it back.
          if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
        }
        return undefined
      },
    }
  },
}

type WantedService = APIService & {
  readonly metadata: { readonly name: string }
  readonly spec: NonNullable<APIService['spec']>
}

interface Registration {
  readonly wanted: WantedService | undefined
  readonly current: Stored<APIService> | undefined
}

/** One that somebody else has made is left alone. */
async function register(client: Client, { wanted, current }: Registration): Promise<void> {
  if (!current) {
    if (wanted) await client.create(apiServices, wanted)
    return
  }
  if (current.metadata.labels?.[managedLabel] !== 'true') return
  if (!wanted) await client.delete(apiServices, current.metadata, uidOf(current))
  else if (!deepEqual(wanted.spec, current.spec)) {
    await client.update(apiServices, { ...current, spec: wanted.spec })
  }
}

function uidOf({ metadata: { uid } }: Stored<APIService>) {
  return { preconditions: { uid } }
}

function namesOf({ spec: { group, versions } }: CustomResourceDefinition): readonly string[] {
  return versions.map(({ name }) => `${name}.${group}`)
}

/** The APIService of that name, where a definition serves it (upstream: `handleVersionUpdate`). */
function wantedService(
  name: string,
  definitions: readonly CustomResourceDefinition[],
): WantedService | undefined {
  const dot = name.indexOf('.')
  const [version, group] = [name.slice(0, dot), name.slice(dot + 1)]
  const isServed = definitions.some(
    ({ spec }) =>
      spec.group === group && spec.versions.some((each) => each.name === version && each.served),
  )
  if (!isServed) return undefined
  return {
    metadata: { name, labels: { [managedLabel]: 'true' } },
    spec: { group, version, groupPriorityMinimum: 1000, versionPriority: 100 },
  }
}
