import type { Encoded, Stored } from '#machinery'
import type { RequestScope } from '../../request/resource-request.ts'
import { type DecodedWriteOptions, operationOptionsOf } from '../options/write-options.ts'
import { admissionAttributesOf, admissionContextOf } from './admission.ts'
import type { ObjectWrite } from './write.ts'

/** What a verb says of its writes, whatever the object is that they meet. */
export interface WriteRequest extends Pick<ObjectWrite, 'decode' | 'permit'> {
  readonly options: DecodedWriteOptions
  /** A client's create, update or patch unless told. */
  readonly origin?: ObjectWrite['origin']
}

/** A write at its beginning: a create, or an update where there is an existing object. */
export function newWrite(
  scope: RequestScope,
  { options, decode, permit, origin = 'client' }: WriteRequest,
  existing?: Encoded<Stored>,
): ObjectWrite {
  const attributes = admissionAttributesOf(scope, {
    verb: existing ? 'update' : 'create',
    name: scope.name,
    options: operationOptionsOf(options, existing ? 'UpdateOptions' : 'CreateOptions'),
    existing: existing?.object,
  })
  return {
    scope,
    origin,
    existing,
    decode,
    permit,
    attributes,
    admission: scope.world.admission,
    context: admissionContextOf(scope),
    object: {},
    guards: [],
    writes: [],
  }
}
