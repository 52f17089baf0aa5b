import { andThen, type MaybePromise } from '#lib'
import type { KubeObject, Stored } from '#machinery'
import { managedFieldsFault } from '#machinery/apply'
import type {
  AdmissionAttributes,
  AdmissionContext,
  OperationOptions,
} from '../../admission/admission.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import type { DecodedDeleteOptions } from '../options/delete-options.ts'
import type { Admissible } from './write.ts'

/** What differs between the operations that plugins are asked about. */
export interface AdmittedOperation {
  readonly verb: AdmissionAttributes['verb']
  /** Empty while a create has no name yet. */
  readonly name: string
  readonly options: OperationOptions
  readonly existing?: Stored | undefined
}

/** What plugins are told about an operation, apart from the object. */
export function admissionAttributesOf(
  { user, resource, stored, subresource, namespace }: RequestScope,
  { verb, name, options, existing }: AdmittedOperation,
): AdmissionAttributes {
  return {
    verb,
    user,
    resource: stored,
    ...(resource !== stored && { requested: resource }),
    subresource,
    namespace,
    name,
    dryRun: (options.dryRun ?? []).length > 0,
    options,
    ...(existing && { old: existing }),
  }
}

/** What plugins may use while they are asked about a request. */
export function admissionContextOf({
  world,
  warnings,
  audit,
  span,
  signal,
}: RequestScope): AdmissionContext {
  return {
    objects: world.objects,
    nowMs: world.clock.wallMs(),
    warn: (text) => void warnings.push(text),
    ...(audit && { annotate: audit.annotate }),
    ...(span && { span }),
    signal,
  }
}

/** Stage: the mutating plugins change the object. */
export function mutate<A extends Admissible>(write: A): MaybePromise<A> {
  const { admission, attributes, object, context } = write
  return andThen(admission.mutate({ ...attributes, object }, context), (mutated) =>
    mutated === object
      ? write
      : { ...write, object: withValidFields(object, mutated, context), isMutated: true },
  )
}

/** Records of field managers that nobody could read are those from before (upstream: `NewManagedFieldsValidatingAdmissionController`). */
function withValidFields(
  before: KubeObject,
  mutated: KubeObject,
  context: AdmissionContext,
): KubeObject {
  const kept = before.metadata?.managedFields
  const { managedFields = [], ...metadata } = mutated.metadata ?? {}
  const fault = managedFields === kept ? undefined : managedFieldsFault(managedFields)
  if (fault === undefined) return mutated
  context.warn(
    `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${fault}`,
  )
  return { ...mutated, metadata: { ...metadata, ...(kept && { managedFields: kept }) } }
}

/** Stage: the validating plugins see the object as it is to be stored, by its name. */
export function admit<A extends Admissible>(write: A): MaybePromise<A> {
  const { admission, attributes, object, context } = write
  const name = attributes.name || (object.metadata?.name ?? '')
  return andThen(admission.validate({ ...attributes, object, name }, context), () => write)
}

/** The plugins' say on a deletion, which has no object but the existing one. */
export function admitDeletion(
  scope: RequestScope,
  options: DecodedDeleteOptions,
  existing: Stored,
): MaybePromise<void> {
  const operation = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options } as const
  const { name } = scope
  return scope.world.admission.validate(
    admissionAttributesOf(scope, { verb: 'delete', name, options: operation, existing }),
    admissionContextOf(scope),
  )
}
