import { gapWarnings, hasGaps } from '#api'
import { deepEqual, type KubeObject, type Stored } from '#machinery'
import { invalid } from '#machinery/status'
import type { FieldErrors } from '#machinery/validation'
import { rulesOf } from '../../request/resource-request.ts'
import { objectInRequestVersion } from '../bodies/conversion.ts'
import type { ObjectWrite } from './write.ts'

/**
 * Stage: the kind's rules refuse what is invalid, and warn of what is better done otherwise.
 * @throws StatusError 422 that lists every error.
 */
export function validate(write: ObjectWrite): ObjectWrite {
  const { scope, object } = write
  const errors = errorsOf(write)
  if (errors.length > 0) throw invalid(scope.resource, object.metadata?.name ?? '', errors)
  scope.warnings.push(...warningsOf(write))
  return write
}

function errorsOf({ scope, object, existing }: ObjectWrite): FieldErrors {
  const rules = rulesOf(scope)
  const { strategy, subresources } = rules
  // Cast: it has all that it will be stored with.
  const written = objectInRequestVersion(rules, object as Stored)
  if (!existing) return strategy.validate(written)
  const before = objectInRequestVersion(rules, existing.object)
  const part = subresources?.[scope.subresource]
  if (part?.kind === 'part') return part.validateUpdate(written, before)
  return strategy.validateUpdate(written, before)
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
