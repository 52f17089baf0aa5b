import { gapWarnings, hasGaps } from '#api'
import { andThen, type MaybePromise } from '#lib'
import { deepEqual, type KubeObject, type Stored } from '#machinery'
import { invalid } from '#machinery/status'
import type { FieldErrors } from '#machinery/validation'
import { rulesOf } from '../../request/resource-request.ts'
import { objectInRequestVersion } from '../bodies/conversion.ts'
import { claimRefusals } from './device-claims.ts'
import type { ObjectWrite } from './write.ts'

/**
 * Stage: the kind's rules refuse what is invalid, and warn of what is better done otherwise.
 * @throws StatusError 422 that lists every error.
 */
export function validate(write: ObjectWrite): MaybePromise<ObjectWrite> {
  const { scope, object } = write
  const found = andThen(claimRefusals(write), (refused) =>
    andThen(errorsOf(write), (errors) => (refused.length > 0 ? [...refused, ...errors] : errors)),
  )
  return andThen(found, (errors) => {
    if (errors.length > 0) throw invalid(scope.resource, object.metadata?.name ?? '', errors)
    scope.warnings.push(...warningsOf(write))
    return write
  })
}

function errorsOf(write: ObjectWrite): MaybePromise<FieldErrors> {
  const { scope, object, existing } = write
  const rules = rulesOf(scope)
  const { strategy, subresources } = rules
  // Cast: it has all that it will be stored with.
  return andThen(objectInRequestVersion(rules, object as Stored), (converted) => {
    const written = asSent(write, converted)
    if (!existing) return strategy.validate(written)
    return andThen(objectInRequestVersion(rules, existing.object), (before) => {
      const part = subresources?.[scope.subresource]
      if (part?.kind === 'part') return part.validateUpdate(written, before)
      return strategy.validateUpdate(written, before)
    })
  })
}

/**
 * What was sent where a webhook converts it, as the stages have prepared it; what plugins have changed since is held to
 * the rules as it was converted.
 */
function asSent({ sent, isMutated, scope }: ObjectWrite, converted: Stored): Stored {
  if (!sent || isMutated) return converted
  const { status, ...rest } = converted as Stored & { readonly status?: unknown }
  const own = sent as KubeObject & { readonly status?: unknown }
  // Cast: what is prepared is the metadata, and one of spec and status.
  if (scope.subresource === 'status') return { ...rest, status: own.status } as Stored
  const { status: _, ...others } = own
  const keepsStatus = scope.resource.subresources?.status !== undefined
  const kept = keepsStatus ? status : own.status
  return {
    ...others,
    metadata: rest.metadata,
    ...(kept !== undefined && { status: kept }),
  } as Stored
}

/** Whoever only labels an object, or writes its status, has heard the warnings before. */
function warningsOf(write: ObjectWrite): readonly string[] {
  const { scope, object, existing } = write
  const { strategy } = rulesOf(scope)
  const own =
    existing &&
    !scope.resource.isCustom &&
    object.metadata?.generation === existing.object.metadata.generation
      ? []
      : (strategy.warnings?.(object, existing?.object) ?? [])
  return warnsOfGaps(write)
    ? [...own, ...gapWarnings(scope.stored, object, scope.subresource)]
    : own
}

/** Components write what people have been warned of before, or what says nothing of a wish. */
const component = /^system:(kube-|node:|apiserver$)/

/** Whether somebody who could do otherwise wants something new, which may be stored in vain. */
function warnsOfGaps({ scope, object, existing }: ObjectWrite): boolean {
  if (!hasGaps(scope.stored) || component.test(scope.user.name)) return false
  if (!existing) return true
  if (scope.stored.strategy.tracksGeneration) {
    return object.metadata?.generation !== existing.object.metadata.generation
  }
  return !deepEqual(wishOf(object), wishOf(existing.object))
}

/** What an object says besides who it is and how it stands. */
function wishOf(object: KubeObject): object {
  const own = Object.entries(object).filter(([name]) => name !== 'metadata' && name !== 'status')
  return Object.fromEntries(own)
}
