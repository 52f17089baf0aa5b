import { type Binding, pods } from '#api'
import type { Plugin } from '../framework/plugin.ts'

/** Binds through the API: POST of a Binding to the pod's `binding` subresource. */
export const defaultBinder: Plugin = {
  name: 'DefaultBinder',
  async bind({ pod }, node, { client }) {
    const { namespace, name, uid } = pod.metadata
    const where = namespace === undefined ? { name } : { namespace, name }
    const binding: Binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { ...where, uid },
      target: { kind: 'Node', name: node },
    }
    await client.createSubresource(pods, where, 'binding', binding)
  },
}
