import { configMaps, customResourceDefinitions, namespaces, resources } from '#api'
import type { ResourceRef } from '#machinery'
import { startTestServer, type TestServer, type TestServerOptions } from './server-fixture.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** The open schema: everything stays. */
const openSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** One version of a kind, served and stored unless told. */
export function definedVersion(name: string, more: object = {}): object {
  return { name, served: true, storage: true, schema: { openAPIV3Schema: openSchema }, ...more }
}

/** A definition of Widgets of example.com. */
export function widgetDefinition(
  versions: readonly object[] = [definedVersion('v1')],
  spec: object = {},
): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
      versions,
      ...spec,
    },
  }
}

/** A Widget in the namespace `default`. */
export function definedWidget(name: string, more: object = {}, at = 'v1'): object {
  return { apiVersion: `example.com/${at}`, kind: 'Widget', metadata: { name }, ...more }
}

/** A server of few kinds, and what does to its definitions what controllers do in a cluster. */
export async function startDefiningServer(options: TestServerOptions = {}): Promise<
  TestServer & {
    /** Creates or replaces a definition, and has it served. */
    define(definition: object): Promise<void>
  }
> {
  const few: readonly ResourceRef[] = [configMaps, namespaces, customResourceDefinitions]
  const kinds = resources.filter((each) =>
    few.some(({ group, kind }) => group === each.group && kind === each.kind),
  )
  const server = await startTestServer({ resources: kinds, ...options })
  const { send, clock } = server
  await send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  return {
    ...server,
    async define(definition) {
      // Cast: tests write definitions that have a name.
      const { metadata, spec } = definition as { metadata: { name: string }; spec: object }
      const path = `${definitions}/${metadata.name}`
      const patch = { 'content-type': 'application/merge-patch+json' }
      const created = await send('POST', definitions, definition)
      const written = created.status === 409 ? await send('PATCH', path, { spec }, patch) : created
      if (written.status > 201) throw new Error(written.body.message)
      const conditions = [
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status: 'True' },
      ]
      const status = { ...written.body.status, conditions, acceptedNames: written.body.spec.names }
      const recorded = await send('PATCH', `${path}/status`, { status }, patch)
      if (recorded.status !== 200) throw new Error(recorded.body.message)
      await clock.settle()
    },
  }
}
