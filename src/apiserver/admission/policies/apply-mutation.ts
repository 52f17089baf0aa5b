import { messageOf } from '#lib'
import { deepEqual, type KubeObject } from '#machinery'
import { mergeConfiguration, type OwnedType } from '#machinery/apply'
import { applyJsonPatch } from '#machinery/patch'
import { prune } from '#machinery/schema'
import { internalError, StatusError, strictDecodingError, strictFaults } from '#machinery/status'
import type { PatchStep } from '#rules'
import type { SchemaOf, VersionedForm } from '../matching/versioned.ts'

/** A mutation cannot be done; its policy has failed. */
export class MutationError extends Error {}

/** What a mutation wants to be done to an object. */
type Wanted =
  | { readonly configuration: Readonly<Record<string, unknown>> }
  | { readonly patch: readonly PatchStep[] }

/** How objects of a form are merged and decoded. */
interface MutationTypes {
  readonly form: VersionedForm
  readonly schemaOf: SchemaOf
  readonly ownedTypeOf: (typeName: string) => OwnedType
}

/**
 * The object as a mutation leaves it, decoded by its type and with its defaults; itself where nothing changes.
 * @throws MutationError, StatusError 500 for a patch after which it is no object of its type
 */
export function applyMutation(
  object: KubeObject,
  wanted: Wanted,
  types: MutationTypes,
): KubeObject {
  const changed =
    'patch' in wanted
      ? patched(object, wanted.patch, types)
      : merged(object, wanted.configuration, types)
  if (changed === object) return object
  // Cast: what has the form of the object's schema is an object.
  const whole = { ...(changed as KubeObject), apiVersion: object.apiVersion, kind: object.kind }
  const complete = types.form.withDefaults(whole as KubeObject) // Cast: of the kind that it was of.
  return deepEqual(complete, object) ? object : complete
}

function merged(
  object: KubeObject,
  configuration: Readonly<Record<string, unknown>>,
  { form, schemaOf, ownedTypeOf }: MutationTypes,
): unknown {
  const { apiVersion, kind } = object
  const applied = { ...configuration, apiVersion, kind }
  const outcome = mergeConfiguration(object, applied, ownedTypeOf(form.schemaName))
  if ('error' in outcome) throw new MutationError(`error applying patch: ${outcome.error}`)
  try {
    return prune(outcome.value, schemaOf(form.schemaName)).value
  } catch (error) {
    throw new MutationError(
      `error applying patch: failed to convert typed object to object: ${messageOf(error)}`,
    )
  }
}

function patched(
  object: KubeObject,
  patch: readonly PatchStep[],
  { form, schemaOf }: MutationTypes,
): unknown {
  const result = applied(object, patch)
  if (result === object) return object
  try {
    const { value, unknownFields } = prune(result, schemaOf(form.schemaName))
    const faults = form.resource.isCustom ? [] : strictFaults(unknownFields)
    if (faults.length > 0) throw new Error(strictDecodingError(faults))
    return value
  } catch (error) {
    throw internalError(messageOf(error), error)
  }
}

/** A patch of which a test fails changes nothing. */
function applied(object: KubeObject, patch: readonly PatchStep[]): unknown {
  try {
    return applyJsonPatch(object, patch)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const why = error.cause instanceof Error ? error.cause.message : error.message
    if (why.endsWith('test failed')) return object
    throw new MutationError(`JSON Patch: ${why}`, { cause: error })
  }
}
