import {
  type ApiResponse,
  type Encoded,
  groupResourceOf,
  groupVersionOf,
  type KubeObject,
  type ObjectKey,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { notFound } from '#machinery/status'
import type { ActionRequest, ObjectWriter } from '../../actions/action.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import { decodeObject, type WantedKind } from '../bodies/decode.ts'
import { plainForm, plainResponse } from '../bodies/respond.ts'
import { checkedDeleteOptions } from '../options/delete-options.ts'
import { noWriteOptions, operationOptionsOf, writeOptionsOf } from '../options/write-options.ts'
import { actionStages, internalWriteStages, passStages } from '../stages.ts'
import { admissionAttributesOf, admissionContextOf } from '../write/admission.ts'
import { deleteInternally } from './delete.ts'
import { currentObject } from './get.ts'
import { updateWith } from './update.ts'

/** POST of something that acts but is not stored: a review, a binding, an eviction, a token. */
export async function runAction(scope: RequestScope): Promise<ApiResponse> {
  const { world, resource, subresource, namespace, name, user } = scope
  const id = groupResourceOf(resource) + (subresource ? `/${subresource}` : '')
  const action = world.actions[id]
  if (!action) throw notFound(resource, name)
  if (subresource) currentObject(scope)
  const options = writeOptionsOf(scope.request.query, 'CreateOptions')
  const wanted = wantedBody(scope)
  // Asked before anything is done: what cannot be answered must not act.
  plainForm(scope, { kind: wanted.kind, apiVersion: groupVersionOf(wanted) })
  const decoding = decodeObject(scope, wanted, options)
  const decoded = decoding instanceof Promise ? await decoding : decoding
  scope.audit?.requestObject(decoded)
  const target = name || (decoded.metadata?.name ?? '')
  const { object: body } = await passStages(actionStages, {
    admission: world.admission,
    context: admissionContextOf(scope),
    attributes: admissionAttributesOf(scope, {
      verb: 'create',
      name: target,
      options: operationOptionsOf(options, 'CreateOptions'),
    }),
    object: decoded,
  })
  const request: ActionRequest = {
    resource,
    ...(subresource ? { subresource } : {}),
    namespace,
    name: target,
    user,
    body,
    dryRun: (options.given.dryRun ?? []).length > 0,
    nowMs: world.clock.wallMs(),
    objects: world.objects,
    writer: writerOf(scope),
    warn: (text) => void scope.warnings.push(text),
    ...(scope.audit && { annotate: scope.audit.annotate }),
  }
  const { object, status = 201 } = await action(request, scope.signal)
  return plainResponse(scope, status, withCode(object, status))
}

/** A Status says the code that it is sent with (upstream: `createHandler`). */
function withCode(object: KubeObject, code: number): KubeObject {
  if (object.kind !== 'Status' || 'code' in object) return object
  return { ...object, code } as KubeObject
}

function wantedBody({ world, resource, stored, subresource }: RequestScope): WantedKind {
  const part = stored.subresources?.[subresource]
  if (part?.kind !== 'action') return { ...resource, schema: world.schemaOf(resource.schemaName) }
  const { group, version, objectKind, schemaName } = part
  return { group, version, kind: objectKind, schema: world.schemaOf(schemaName) }
}

/** What an action writes: on behalf of the same user, and past plugins and strategies. */
function writerOf(scope: RequestScope): ObjectWriter {
  const at = (ref: ResourceRef, namespace: string | undefined, name: string): RequestScope => {
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
      { namespace, name }: ObjectKey,
      change: (current: Stored<T>) => T,
    ) {
      const decode = (existing: Encoded<Stored>) => change(existing.object as Stored<T>)
      const request = { options: noWriteOptions, decode }
      const written = await updateWith(at(ref, namespace, name), request, internalWriteStages)
      return written.object as Stored<T>
    },
    async delete(ref, { namespace, name }, options) {
      await deleteInternally(at(ref, namespace, name), checkedDeleteOptions(options))
    },
  }
}
