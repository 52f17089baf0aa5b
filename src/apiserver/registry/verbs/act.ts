import {
  type ApiResponse,
  groupResourceOf,
  type KubeObject,
  notFound,
  type ResourceRef,
  type Stored,
} from '#machinery'
import type { ActionRequest, ObjectWriter } from '../../actions/action.ts'
import type { Scope } from '../../request/resource-request.ts'
import { admitted, attributesOf, mutated } from '../admit.ts'
import { decodeObject, type WantedKind } from '../bodies/decode.ts'
import { plainResponse } from '../bodies/respond.ts'
import { checkedDeleteOptions } from '../options/delete-options.ts'
import { writeOptionsOf } from '../options/write-options.ts'
import { deleteNamed } from './delete.ts'
import { updateWith } from './update.ts'

/** POST of something that acts but is not stored: a review, a binding, an eviction, a token. */
export async function runAction(scope: Scope): Promise<ApiResponse> {
  const { world, resource, subresource, namespace, name, user } = scope
  const id = groupResourceOf(resource) + (subresource ? `/${subresource}` : '')
  const action = world.actions[id]
  if (!action) throw notFound(resource, name)
  if (subresource) requireObject(scope)
  const options = writeOptionsOf(scope.request.query, 'CreateOptions')
  const decoded = decodeObject(scope, wantedBody(scope), options)
  const target = name || (decoded.metadata?.name ?? '')
  const attributes = attributesOf(scope, 'create', target)
  const body = await mutated(scope, decoded, attributes)
  await admitted(scope, body, attributes)
  const request: ActionRequest = {
    resource,
    ...(subresource ? { subresource } : {}),
    namespace,
    name: target,
    user,
    body,
    dryRun: options.dryRun,
    nowMs: world.clock.wallMs(),
    objects: world.objects,
    writer: writerOf(scope),
    warn: (text) => void scope.warnings.push(text),
  }
  const { object, status = 201 } = await action(request, scope.signal)
  return plainResponse(scope, status, object)
}

function requireObject({ world, stored, resource, namespace, name }: Scope): void {
  if (!world.caches.of(stored).get(namespace, name)) throw notFound(resource, name)
}

function wantedBody({ world, resource, stored, subresource }: Scope): WantedKind {
  const part = stored.subresources?.[subresource]
  if (part?.kind !== 'action') return { ...resource, schema: world.schemaOf(resource.schemaName) }
  const { group, version, objectKind, schemaName } = part
  return { group, version, kind: objectKind, schema: world.schemaOf(schemaName) }
}

/** Writes of an action go through the same path as requests, on behalf of the same user. */
function writerOf(scope: Scope): ObjectWriter {
  const at = (ref: ResourceRef, namespace: string | undefined, name: string): Scope => {
    const resource = scope.world.resourceOf(ref)
    return {
      ...scope,
      resource,
      stored: resource,
      namespace: namespace ?? '',
      name,
      subresource: '',
    }
  }
  return {
    async modify<T extends KubeObject>(
      ref: ResourceRef<T>,
      { namespace, name }: { readonly namespace?: string; readonly name: string },
      change: (current: Stored<T>) => T,
    ) {
      const target = { ...at(ref, namespace, name), isInternal: true }
      const written = await updateWith(
        target,
        (current) => change(current.object as Stored<T>),
        false,
      )
      return written.object as Stored<T>
    },
    async delete(ref, { namespace, name }, options) {
      await deleteNamed(at(ref, namespace, name), checkedDeleteOptions(options))
    },
  }
}
