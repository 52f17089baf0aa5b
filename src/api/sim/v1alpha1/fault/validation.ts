import { deepEqual, type Stored } from '#machinery'
import { parseLabelSelector } from '#machinery/selectors'
import { type FieldErrors, fieldPath, forbiddenField, invalidField } from '#machinery/validation'
import type { Fault, FaultSpec } from '../../../generated/types/sim-v1alpha1.ts'
import { ensure, requireKnown, requireOneOf, requireValue } from '../../../shared/checks.ts'
import { longestMs, readDuration, validateDuration } from '../durations.ts'
import { readBandwidth, readLoss } from './rates.ts'
import { faultRule, faultRules, partitionDirections } from './types.ts'

const path = fieldPath('spec')

export function validateFault({ spec }: Fault): FieldErrors {
  const rule = faultRule(spec.type)
  if (!rule) return requireKnown(spec.type, path.child('type'), Object.keys(faultRules))
  const known = new Set<string>(['type', 'duration', ...rule.needs, ...(rule.takes ?? [])])
  const given = Object.keys(spec) as (keyof FaultSpec)[]
  return [
    ...rule.needs.flatMap((name) =>
      requireValue(spec[name], path.child(name), `${spec.type} needs it`),
    ),
    ...given
      .filter((name) => spec[name] !== undefined && !known.has(name))
      .map((name) => forbiddenField(path.child(name), `${spec.type} does not take it`)),
    ...validateDuration(spec.delay, path.child('delay')),
    ...validateDuration(spec.duration, path.child('duration')),
    ...validateOffset(spec.offset),
    ...validateNetwork(spec),
    ...(spec.direction === undefined
      ? []
      : requireOneOf(spec.direction, path.child('direction'), partitionDirections)),
  ]
}

function validateNetwork({ node, peer, loss, bandwidth, selector }: FaultSpec): FieldErrors {
  const rate = loss === undefined ? 0.5 : readLoss(loss)
  const bits = bandwidth === undefined ? 1 : readBandwidth(bandwidth)
  return [
    ...ensure(peer === undefined || peer !== node, () =>
      invalidField(path.child('peer'), peer, 'must be another node'),
    ),
    ...ensure(rate !== undefined && rate > 0, () =>
      invalidField(
        path.child('loss'),
        loss,
        'must be a percentage such as 5% or 0.1%, of at most 100%',
      ),
    ),
    ...ensure(bits !== undefined && bits > 0, () =>
      invalidField(
        path.child('bandwidth'),
        bandwidth,
        'must be a number of bits a second such as 1M',
      ),
    ),
    ...selectorErrors(selector),
  ]
}

function selectorErrors(selector: string | undefined): FieldErrors {
  if (selector === undefined) return []
  try {
    parseLabelSelector(selector)
    return []
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [invalidField(path.child('selector'), selector, why)]
  }
}

/** May be negative: a clock that is behind. */
function validateOffset(offset: string | undefined): FieldErrors {
  const isWithin = Math.abs(readDuration(offset ?? '0')) <= longestMs
  return ensure(isWithin, () =>
    invalidField(
      path.child('offset'),
      offset,
      'must be a duration such as 90s or -5m, of at most 87600h',
    ),
  )
}

export function validateFaultUpdate({ spec }: Fault, old: Stored<Fault>): FieldErrors {
  return ensure(deepEqual(spec, old.spec), () =>
    forbiddenField(path, 'a fault does not change; delete it and create another'),
  )
}
