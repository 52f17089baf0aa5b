import { type KubeObject, pathOf, type ResourceRef, type Stored } from '#machinery'
import type { ServerWriter } from '../../admission/server-writer.ts'
import type { RegistryServices } from '../../request/resource-request.ts'
import { noWriteOptions } from '../options/write-options.ts'
import { checkPreconditions, updateWith } from './update.ts'

const user = { name: 'system:apiserver', groups: ['system:masters'] }
const headers = { 'user-agent': 'kube-apiserver' }
const never = new AbortController().signal

/** The writes of the server itself, over the services that it has once it serves. */
export function createServerWriter(world: () => RegistryServices): ServerWriter {
  return {
    async updateStatus<T extends KubeObject>(ref: ResourceRef<T>, object: Stored<T>) {
      const { namespace = '', name } = object.metadata
      const resource = world().resourceOf(ref)
      const path = pathOf(ref, { namespace, name }, 'status')
      const scope = {
        world: world(),
        ...{ resource, stored: resource, namespace, name, user },
        request: { method: 'PUT', path, query: new URLSearchParams(), headers } as const,
        subresource: 'status',
        signal: never,
        warnings: [],
        turn: undefined,
      }
      await updateWith(scope, {
        options: noWriteOptions,
        isConditional: true,
        decode(existing) {
          checkPreconditions(scope, object, existing.object)
          return object
        },
      })
    },
  }
}
